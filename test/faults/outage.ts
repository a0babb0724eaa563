import { setTimeout as sleep } from 'node:timers/promises';
import type { ResilienceError, Resilient } from 'redis-resilience';
import { expect, type TestContext } from 'vitest';
import { BRISK, wrap } from '../integration/wrapped.ts';
import type { AnyClient, ClientVersion } from '../support/clients.ts';
import type { RedisServer } from '../support/redis-server.ts';
import { Stalls } from '../support/stalls.ts';
import type { Audit } from '../support/workload-audit.ts';
import { Workload, type Subject } from '../support/workload.ts';

/** A fault as the calls of a client meet it. */
export interface Outage {
  /** Resolves when the fault is there. */
  readonly begin: () => unknown;
  /** Ends the fault; throws where it can tell that it had hit nothing. */
  readonly end: () => unknown;
  readonly lastsMs: number;
}

/** What became of the calls; a time in which this process stood still does not count. */
export interface Aftermath {
  readonly audit: Audit;
  /** The longest that a call took. */
  readonly longestMs: number;
  /** From the moment when the fault was there to the first success of a call issued since. */
  readonly backFromBeginMs: number;
  /** From the fault's end to the first success of a call issued since. */
  readonly backFromEndMs: number;
}

const BEFORE_MS = 300;
const AFTER_MS = 1_500;

/** Puts a client under load: for a moment without a fault, in which every call must succeed, and then on. */
export async function underLoad(subject: Subject, store: RedisServer): Promise<Workload> {
  const calls = new Workload(subject, { ratePerSecond: 100, maxCalls: 2_000 });
  await calls.prepare(store);
  calls.start();
  await sleep(BEFORE_MS);
  calls.stop();
  await calls.settle(5_000);
  const control = calls.report();
  const failures = control.calls.filter(({ outcome, wrong }) => outcome !== 'ok' || wrong);
  expect(failures, 'without a fault').toEqual([]);
  expect(control.issued).toBeGreaterThan(0);
  calls.start();
  return calls;
}

/** Leads a client under load through a fault and some way on. */
export async function goThrough(
  subject: Subject,
  store: RedisServer,
  { begin, end, lastsMs }: Outage,
): Promise<Aftermath> {
  const calls = await underLoad(subject, store);
  const stalls = new Stalls();
  await begin();
  const begunAt = performance.now();
  await sleep(lastsMs);
  await end();
  const endedAt = performance.now();
  await sleep(AFTER_MS);
  calls.stop();
  await calls.settle(5_000);
  stalls.stop();
  const audit = await calls.audit(store);
  const awakeMs = audit.calls.map(({ startedAt, settledAt = Infinity }) =>
    stalls.awakeMs(startedAt, settledAt),
  );
  const backFrom = (moment: number) =>
    stalls.awakeMs(moment, moment + (audit.firstSuccessAfter(moment) ?? Infinity));
  return {
    audit,
    longestMs: Math.max(...awakeMs),
    backFromBeginMs: backFrom(begunAt),
    backFromEndMs: backFrom(endedAt),
  };
}

/** Longest that a call of a client with the settings of `BRISK` may take, on two busy cores. */
const LONGEST_MS = 1_650;

/** Checks what a wrapped client owes its callers under every fault. */
export function expectPromisesKept({ audit, longestMs }: Aftermath): void {
  const { pending, wrong, executedTwice, lost, ghosts } = audit;
  expect({ pending, wrong, executedTwice, lost, denied: ghosts.denied }).toEqual({
    ...{ pending: 0, wrong: 0, executedTwice: 0, lost: 0, denied: 0 },
  });
  expect(longestMs).toBeLessThanOrEqual(LONGEST_MS);
}

/** The same client, and all the errors of its calls. */
export function recorded(redis: Subject): { subject: Subject; errors: ResilienceError[] } {
  const errors: ResilienceError[] = [];
  const seen = (reply: Promise<unknown>) =>
    reply.catch((error: unknown) => {
      errors.push(error as ResilienceError);
      throw error;
    });
  const subject = {
    get: (key: string) => seen(redis.get(key)),
    set: (key: string, value: string) => seen(redis.set(key, value)),
    incr: (key: string) => seen(redis.incr(key)),
  };
  return { subject, errors };
}

/** A wrapped client with the settings of `BRISK` that is connected. */
export async function wrapped(
  test: TestContext,
  version: ClientVersion,
  port: number,
  clientOptions?: object,
): Promise<Resilient<AnyClient>> {
  const redis = wrap(test, version, port, BRISK, clientOptions);
  // On a busy machine the first attempt may be too short, and the circuit open by then; it goes on.
  await redis.connect().catch(() => undefined);
  await test.expect.poll(() => redis.resilience.state, { timeout: 10_000 }).toBe('closed');
  await test.expect.poll(() => redis.isReady, { timeout: 10_000 }).toBe(true);
  return redis;
}

/** A client as it is, connected, and the errors that it told; it ends with the test. */
export async function bare(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  { createClient, major }: ClientVersion,
  port: number,
  clientOptions?: object,
): Promise<{ client: AnyClient; errors: NodeJS.ErrnoException[] }> {
  const client = createClient({ url: `redis://127.0.0.1:${port}`, ...clientOptions });
  const errors: NodeJS.ErrnoException[] = [];
  client.on('error', (error: NodeJS.ErrnoException) => errors.push(error));
  await client.connect();
  onTestFinished(() => client[major === 4 ? 'disconnect' : 'destroy']());
  return { client, errors };
}
