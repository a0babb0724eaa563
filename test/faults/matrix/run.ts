import { setTimeout as sleep } from 'node:timers/promises';
import { proxy, server, type Cleanup } from '../../integration/wrapped.ts';
import type { ClientVersion } from '../../support/clients.ts';
import { DURABLE, type ServerTls } from '../../support/redis-server-options.ts';
import { Stalls } from '../../support/stalls.ts';
import { Witness } from '../../support/witness.ts';
import { auditCalls, presetKeys, type Audit } from '../../support/workload-audit.ts';
import { reportOn } from '../../support/workload-report.ts';
import type { Fault } from '../catalogue/fault.ts';
import { PASSWORD } from '../catalogue/server.ts';
import {
  bareProcess,
  bareSubject,
  guardedSubject,
  LOAD,
  OPTIONS,
  type Guarded,
  type Subject,
} from './subjects.ts';

const CALM_MS = 500;
const LASTS_MS = 3_000;
/** How long after a fault a client may still come back before it counts as gone. */
const PATIENCE_MS = 4_000;

/** What became of one client in a row. */
export interface Observation<S extends Subject> {
  readonly subject: S;
  readonly audit: Audit;
  /** How often INCR was executed at most on any key, by what MONITOR saw. */
  readonly mostIncrements: number;
  /** From the fault's end, or its begin where it has none, to the first answer to a later call. */
  readonly backMs: number | undefined;
  /** How long `connect()` took where the fault was there first. */
  readonly connectMs: number | undefined;
  readonly crashed: boolean;
}

/** What one fault made of the bare client and of two wrapped ones, side by side. */
export interface Row {
  readonly begunAt: number;
  readonly endedAt: number;
  /** The longest that this process kept a timer waiting meanwhile. */
  readonly lateMs: number;
  readonly bare: Observation<Subject>;
  readonly brisk: Observation<Guarded>;
  readonly defaults: Observation<Guarded>;
}

/** Puts three clients of one version through a fault, on one server and behind one proxy. */
export async function runRow(
  fault: Fault,
  version: ClientVersion,
  test: Cleanup,
  tls?: ServerTls,
): Promise<Row> {
  const target = await server(test, {
    password: PASSWORD,
    args: [...DURABLE, ...(fault.args ?? [])],
    ...(tls && { tls }),
  });
  const path = await proxy(test, target);
  const witness = await Witness.of(target);
  test.onTestFinished(() => {
    witness.stop();
  });
  const scene = { server: target, proxy: path };

  const port = fault.at === 'server' ? target.port : path.port;
  const place = { version, port, ca: tls?.ca.cert };
  const crashes = harmOf(fault, version) === 'ends the process';
  const bare = crashes ? bareProcess(place) : bareSubject(place);
  const brisk = guardedSubject(place, 'brisk');
  const defaults = guardedSubject(place, 'defaults');
  const subjects = [bare, brisk, defaults];
  for (const subject of subjects) {
    test.onTestFinished(async () => {
      await subject.end();
    });
    await presetKeys(target, subject.owner, LOAD.maxCalls);
  }

  const stalls = new Stalls();
  test.onTestFinished(() => {
    stalls.stop();
  });
  const connectMs = new Map<Subject, number>();
  let begunAt = performance.now();
  if (fault.fromTheStart) {
    await fault.begin(scene);
    for (const subject of subjects) {
      const startedAt = performance.now();
      const settled = () => connectMs.set(subject, performance.now() - startedAt);
      subject.connect().then(settled, settled);
    }
    for (const subject of subjects) subject.start();
  } else {
    await Promise.all(subjects.map((subject) => subject.connect()));
    for (const subject of subjects) subject.start();
    await sleep(CALM_MS);
    begunAt = performance.now();
    await fault.begin(scene);
  }
  await sleep(begunAt + (fault.lastsMs ?? LASTS_MS) - performance.now());
  await fault.end(scene);
  const endedAt = performance.now();

  const from = fault.owes.backFrom === 'begin' ? begunAt : endedAt;
  const backMs = (subject: Subject) => reportOn(subject.calls()).firstSuccessAfter(from);
  const pending = (subject: Subject) => reportOn(subject.calls()).pending;
  const patience = endedAt + PATIENCE_MS;
  await wait(patience, () => [brisk, defaults].every((one) => backMs(one) !== undefined));
  await sleep(CALM_MS);
  for (const subject of subjects) subject.stop();
  await wait(patience + defaults.deadlines.totalMs, () => pending(brisk) + pending(defaults) === 0);
  // The bare client hangs or not; that takes a while to be sure of.
  await wait(patience, () => pending(bare) === 0);
  // What a process tells of its calls comes in portions.
  if (crashes) await sleep(CALM_MS);

  const observe = async <S extends Subject>(subject: S): Promise<Observation<S>> => {
    const audit = await auditCalls(subject.calls(), target);
    const keys = audit.calls.filter(({ kind }) => kind === 'incr').map(({ key }) => key);
    return {
      subject,
      audit,
      mostIncrements: Math.max(0, ...keys.map((key) => witness.increments(key))),
      backMs: backMs(subject),
      connectMs: connectMs.get(subject),
      crashed: 'hasCrashed' in subject && subject.hasCrashed === true,
    };
  };
  return {
    begunAt,
    endedAt,
    lateMs: stalls.longestMsSince(-Infinity),
    bare: await observe(bare),
    brisk: await observe(brisk),
    defaults: await observe(defaults),
  };
}

/** What the bare client of that version does to its callers under the fault. */
export function harmOf({ bare }: Fault, { major }: ClientVersion) {
  return typeof bare === 'string' ? bare : bare[major as 4 | 5 | 6];
}

export const WRAPPED = Object.keys(OPTIONS) as (keyof typeof OPTIONS)[];

async function wait(until: number, done: () => boolean): Promise<void> {
  while (!done() && performance.now() < until) await sleep(50);
}
