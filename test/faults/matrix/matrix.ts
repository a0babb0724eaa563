import { describe, expect, it } from 'vitest';
import type { ClientVersion } from '../../support/clients.ts';
import type { Call } from '../../support/workload-call.ts';
import { inFlightAt } from '../../support/workload-report.ts';
import { faultNamed, FAULTS } from '../catalogue/index.ts';
import type { Fault, Harm } from '../catalogue/fault.ts';
import { PASSWORD } from '../catalogue/server.ts';
import { noteRow } from './record.ts';
import { harmOf, runRow, WRAPPED, type Observation, type Row } from './run.ts';
import type { Guarded, Subject } from './subjects.ts';

/** What a machine with two busy cores may add to a deadline, beside what the tests themselves were late. */
const SLACK_MS = 150;
/** The longest that a wrapped client of the acceptance table lets a caller wait. */
const LONGEST_MS = 1_500 + SLACK_MS;
/** Attempts to connect that a client may make in 3 s. */
const CONNECTS = 23;

/** Whether a harm can be seen in what became of the calls. */
const SHOWS: Readonly<Record<Harm, (bare: Observation<Subject>) => boolean>> = {
  hangs: ({ audit }) => audit.pending > 0,
  waits: ({ audit }) => audit.longestMs > LONGEST_MS,
  'wrong replies': ({ audit }) => audit.wrong > 0,
  'hides executions': ({ audit }) => audit.ghosts.unknown > 0,
  'fails calls': ({ audit }) => audit.failed > 0,
  'ends the process': ({ crashed }) => crashed,
  none: () => true,
};

/** One test per fault: the control before it, the bare client's harm, and the wrapped client's promises. */
export function matrixOf(version: ClientVersion): void {
  describe(version.name, () => {
    it.concurrent.for(FAULTS.map(({ name }) => name))(
      '%s',
      { timeout: 60_000 },
      async (name, test) => {
        const fault = faultNamed(name);
        const row = await runRow(fault, version, test);
        const harm = harmOf(fault, version);
        noteRow(version, fault, harm, row);
        if (!fault.fromTheStart) checkControl(row);
        expect(SHOWS[harm](row.bare), `the bare client ${harm}`).toBe(true);
        for (const name of WRAPPED) checkPromises(fault, row, row[name]);
      },
    );
  });
}

/** Checks that nothing went wrong before the fault began. */
export function checkControl(row: Row): void {
  for (const { subject, audit } of [row.bare, row.brisk, row.defaults]) {
    const before = audit.calls.filter(({ settledAt = Infinity }) => settledAt < row.begunAt);
    expect(before.length, `control of ${subject.owner}`).toBeGreaterThan(10);
    expect(failuresOf(before), `control of ${subject.owner}`).toEqual([]);
  }
}

/** Checks what every wrapped client owes its callers, and what it owes them under that fault. */
export function checkPromises(fault: Fault, row: Row, observation: Observation<Guarded>): void {
  const { subject, audit, backMs, mostIncrements, connectMs } = observation;
  const slackMs = SLACK_MS + row.lateMs;
  const { owner, deadlines, events } = subject;
  const { owes } = fault;
  const { pending, executedTwice, lost, ghosts } = audit;
  const found = { pending, executedTwice, lost, deniedGhosts: ghosts.denied };
  expect(found, owner).toEqual({ pending: 0, executedTwice: 0, lost: 0, deniedGhosts: 0 });
  const shifted = owes.shifted ? inFlightAt(audit.calls, row.begunAt, leftAt(row, subject)) : 0;
  expect(audit.wrong, `${owner}: wrong replies`).toBeLessThanOrEqual(shifted);
  expect(mostIncrements, `${owner}: seen by MONITOR`).toBeLessThanOrEqual(1);
  expect(audit.longestMs, `${owner}: longest`).toBeLessThan(deadlines.totalMs + slackMs);
  expect(backMs, `${owner}: back`).toBeLessThan(owes.backWithinMs(deadlines) + slackMs);
  if (fault.fromTheStart) {
    expect(connectMs, `${owner}: connect()`).toBeLessThan(deadlines.connectMs + slackMs);
  }

  // How many answers may be wrong is said above.
  const failed = audit.calls.filter(({ outcome }) => outcome === 'failed');
  expect(
    failed.filter(({ error }) => !owes.kinds.includes(String(error?.kind))),
    owner,
  ).toEqual([]);
  for (const kind of owes.unharmed ?? []) {
    const harmed = failed.filter((call) => call.kind === kind);
    expect(harmed, `${owner}: ${kind} is not harmed`).toEqual([]);
  }
  const during = audit.calls.filter(
    ({ startedAt }) => startedAt > row.begunAt && startedAt < row.endedAt,
  );
  const answered = during.filter(({ outcome }) => outcome === 'ok').length / during.length;
  expect(answered, `${owner}: answered`).toBeGreaterThanOrEqual(owes.answered ?? 0);

  if (owes.onlyUnknown) {
    const known = failed.filter(({ error }) => error?.execution !== 'unknown');
    expect(known, `${owner}: not in flight`).toEqual([]);
  }

  const count = (...types: string[]) => events.filter(({ type }) => types.includes(type)).length;
  if (owes.circuitStaysClosed) expect(count('circuit.opened'), owner).toBe(0);
  const gone = count('connection.lost', 'connection.replaced');
  expect(gone, `${owner}: connections lost`).toBeLessThanOrEqual(owes.lostConnections ?? Infinity);
  const connects = events.filter(
    ({ type, at }) =>
      (type === 'connection.ready' || type === 'connection.failed') &&
      at - performance.timeOrigin > row.begunAt &&
      at - performance.timeOrigin < row.endedAt,
  ).length;
  expect(connects, `${owner}: connects`).toBeLessThanOrEqual(CONNECTS);
  const changes = count('circuit.opened', 'circuit.closed', 'connection.ready');
  const loud = subject.lines.filter(({ level }) => level === 'warn' || level === 'error').length;
  expect(loud, `${owner}: lines`).toBeLessThanOrEqual(changes);

  const visible = subject.visible();
  for (const canary of [PASSWORD, 'canary-other', `${owner}:`, `value-of-${owner}`]) {
    expect(visible.includes(canary), `${owner}: '${canary}' can be read`).toBe(false);
  }
}

/** When the client left the connection that the fault found; its begin, where it did not leave it. */
function leftAt({ begunAt }: Row, { events }: Guarded): number {
  const times = events
    .filter(({ type }) => type === 'connection.lost' || type === 'connection.replaced')
    .map(({ at }) => at - performance.timeOrigin);
  return times.find((at) => at > begunAt) ?? begunAt;
}

function failuresOf(calls: readonly Call[]): readonly Call[] {
  return calls.filter(({ outcome, wrong }) => outcome === 'failed' || wrong);
}
