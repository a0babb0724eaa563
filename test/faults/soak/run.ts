import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BRISK, proxy, server, wrap, type Cleanup } from '../../integration/wrapped.ts';
import type { ClientVersion } from '../../support/clients.ts';
import { seeded } from '../../support/fault-conditions.ts';
import { DURABLE } from '../../support/redis-server-options.ts';
import { Stalls } from '../../support/stalls.ts';
import { Witness } from '../../support/witness.ts';
import { Workload } from '../../support/workload.ts';
import { inFlightAt } from '../../support/workload-report.ts';
import type { Fault } from '../catalogue/fault.ts';
import { FAULTS } from '../catalogue/index.ts';
import { PASSWORD } from '../catalogue/server.ts';

/** How one soak is to be. */
export interface SoakOptions {
  readonly version: ClientVersion;
  readonly forMs: number;
  readonly seed: number;
  readonly onRound?: (round: Round) => void;
}

/** One fault of a soak, and what became of the calls around it. */
export interface Round {
  readonly fault: string;
  readonly issued: number;
  readonly answered: number;
  readonly pending: number;
  readonly executedTwice: number;
  readonly lost: number;
  /** Wrong replies beyond those that cannot be seen from outside. */
  readonly wrong: number;
  /** Executed although the error denied it. */
  readonly denied: number;
  readonly longestMs: number;
  /** By how much the longest call was longer than it may be, this process's own lateness aside. */
  readonly excessMs: number;
  /** Undefined where it did not come back. */
  readonly backMs: number | undefined;
}

/** All of a soak. */
export interface Soak {
  readonly rounds: readonly Round[];
  /** Of live objects, from the end of the first rounds to that of the last. */
  readonly grownBytes: number;
  /** Connections that the client holds in the end. */
  readonly connections: number;
  /** Sockets of this process that are left when all has ended, beyond those from before. */
  readonly socketsLeft: number;
}

const HARMS = ['pending', 'executedTwice', 'lost', 'wrong', 'denied', 'excessMs'] as const;
const TOTAL_MS = 1_500;
const SLACK_MS = 150;
const LASTS_MS = 3_000;
const PATIENCE_MS = 5_000;
const RATE_PER_SECOND = 100;
/** Rounds until everything that is made once has been made. */
const WARM_ROUNDS = 2;
const GROWN_BYTES = 8 * 2 ** 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Draws faults of the catalogue one after another, and puts one wrapped client through them. */
export async function soak({ version, forMs, seed, onRound }: SoakOptions): Promise<Soak> {
  const random = seeded(seed);
  const candidates = FAULTS.filter(({ fromTheStart }) => !fromTheStart);
  const ends: (() => unknown)[] = [];
  const cleanup = { onTestFinished: (end: () => unknown) => ends.push(end) } as unknown as Cleanup;
  const endAll = async () => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  const before = sockets();
  const target = await server(cleanup, {
    password: PASSWORD,
    args: [...DURABLE, ...candidates.flatMap(({ args = [] }) => args)],
  });
  const path = await proxy(cleanup, target);
  const redis = wrap(cleanup, version, path.port, BRISK, { password: PASSWORD });
  await redis.connect();
  const scene = { server: target, proxy: path };

  const round = async (fault: Fault, owner: string): Promise<Round> => {
    const stalls = new Stalls();
    const witness = await Witness.of(target);
    const workload = new Workload(redis, {
      owner,
      ratePerSecond: RATE_PER_SECOND,
      maxCalls: 2_000,
    });
    await workload.prepare(target);
    workload.start();
    await sleep(200 + 800 * random());
    const begunAt = performance.now();
    await fault.begin(scene);
    await sleep(begunAt + (fault.lastsMs ?? LASTS_MS) - performance.now());
    await fault.end(scene);
    const endedAt = performance.now();
    const back = () => workload.report().firstSuccessAfter(endedAt);
    while (back() === undefined && performance.now() < endedAt + PATIENCE_MS) await sleep(20);
    await sleep(200 + 300 * random());
    workload.stop();
    await workload.settle(TOTAL_MS + PATIENCE_MS);
    const { calls, ...audit } = await workload.audit(target);
    const shifted = fault.owes.shifted ? inFlightAt(calls, begunAt) : 0;
    const twice = calls.filter(({ key, kind }) => kind === 'incr' && witness.increments(key) > 1);
    witness.stop();
    stalls.stop();
    const lateMs = stalls.longestMsSince(-Infinity);
    return {
      fault: fault.name,
      issued: audit.issued,
      answered: audit.answered,
      pending: audit.pending,
      executedTwice: Math.max(audit.executedTwice, twice.length),
      lost: audit.lost,
      wrong: Math.max(0, audit.wrong - shifted),
      denied: audit.ghosts.denied,
      longestMs: Math.round(audit.longestMs),
      excessMs: Math.max(0, audit.longestMs - TOTAL_MS - SLACK_MS - lateMs),
      backMs: back(),
    };
  };

  const rounds: Round[] = [];
  let warmBytes = 0;
  try {
    const until = performance.now() + forMs;
    while (performance.now() < until || rounds.length <= WARM_ROUNDS) {
      const fault = candidates[Math.floor(random() * candidates.length)]!;
      const result = await round(fault, `soak-${rounds.length}`);
      rounds.push(result);
      onRound?.(result);
      await target.command('FLUSHALL');
      if (rounds.length === WARM_ROUNDS) warmBytes = liveBytes();
    }
    const grownBytes = liveBytes() - warmBytes;
    // Connections that were given up may take a moment to be gone.
    await sleep(500);
    const connections = path.links;
    await endAll();
    const goneBy = performance.now() + PATIENCE_MS;
    while (sockets() > before && performance.now() < goneBy) await sleep(20);
    return { rounds, grownBytes, connections, socketsLeft: sockets() - before };
  } finally {
    await endAll();
  }
}

function liveBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;
}

/** What is wrong with a soak; nothing, if it is well. */
export function complaintsAbout({ rounds, grownBytes, connections }: Soak): string[] {
  const complaints = rounds.flatMap(({ fault, answered, backMs, ...round }) => [
    ...HARMS.filter((harm) => round[harm] > 0).map((harm) => `${fault}: ${harm} ${round[harm]}`),
    ...(answered === 0 ? [`${fault}: nothing was answered`] : []),
    ...(backMs === undefined ? [`${fault}: did not come back`] : []),
  ]);
  if (grownBytes > GROWN_BYTES) complaints.push(`the heap grew by ${grownBytes} bytes`);
  if (connections > 1) complaints.push(`${connections} connections are open`);
  return complaints;
}
