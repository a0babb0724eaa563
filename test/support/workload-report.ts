import type { Call } from './workload-call.ts';

/** What the callers of a workload saw. */
export interface Report {
  calls: readonly Call[];
  issued: number;
  /** Calls that resolved, be it with a wrong answer. */
  answered: number;
  failed: number;
  pending: number;
  wrong: number;
  /** The longest that a call took, or has waited so far. */
  longestMs: number;
  /** How long after a time of `performance.now()` the first right answer came to a call issued since. */
  firstSuccessAfter(timestamp: number): number | undefined;
}

/** Sums up the calls as they stand now. */
export function reportOn(live: readonly Call[]): Report {
  const now = performance.now();
  const calls = live.map((call) => ({ ...call }));
  const count = (test: (call: Call) => boolean) => calls.filter(test).length;
  return {
    calls,
    issued: calls.length,
    answered: count(({ outcome }) => outcome === 'ok'),
    failed: count(({ outcome }) => outcome === 'failed'),
    pending: count(({ outcome }) => outcome === 'pending'),
    wrong: count(({ wrong }) => wrong),
    longestMs: calls.reduce(
      (longest, { startedAt, settledAt = now }) => Math.max(longest, settledAt - startedAt),
      0,
    ),
    firstSuccessAfter: (timestamp) => firstSuccessAfter(calls, timestamp),
  };
}

function firstSuccessAfter(calls: readonly Call[], timestamp: number): number | undefined {
  const first = calls
    .filter(({ startedAt, outcome, wrong }) => startedAt > timestamp && outcome === 'ok' && !wrong)
    .reduce((earliest, { settledAt = Infinity }) => Math.min(earliest, settledAt), Infinity);
  return first === Infinity ? undefined : first - timestamp;
}

/** How many calls were under way within the turns around a moment, or from it until another one. */
export function inFlightAt(calls: readonly Call[], moment: number, until = moment): number {
  const turnMs = 10;
  return calls.filter(
    ({ startedAt, settledAt = Infinity }) =>
      startedAt < until + turnMs && settledAt > moment - turnMs,
  ).length;
}
