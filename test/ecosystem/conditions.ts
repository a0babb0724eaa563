import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi, type TestContext } from 'vitest';
import type { Resilient } from 'redis-resilience';
import { BRISK, connected, proxy, server } from '../integration/wrapped.ts';
import { majors, type AnyClient, type ClientVersion } from '../support/clients.ts';
import { recordOf, type Condition, type Recording } from './record.ts';

/** What a test makes and has to end. */
export type Cleanup = Pick<TestContext, 'onTestFinished'>;

/** A package that takes a node-redis client, and what its users want of it. */
export interface Guest<T> {
  /** Its directory below node_modules. */
  readonly installedAs: string;
  /** What its users have beside it. */
  readonly beside?: readonly string[];
  /** The majors of node-redis that it supports itself. */
  readonly majors: readonly number[];
  /** What its users see of an outage; stands in the README. */
  readonly outage: string;
  /** Where starting it takes the server longer than a call of others may take. */
  readonly timeout?: { readonly attemptMs: number; readonly totalMs: number };
  /** Sets it up on a connected client. */
  start(client: AnyClient, test: Cleanup): T | Promise<T>;
  /** Does what it is for; rejects where its users do not get what they should. */
  works(guest: T): Promise<void>;
  /** One call while Redis is away; rejects where its users do not get what they should then. */
  away(guest: T): Promise<void>;
}

/** Patient, so that a busy machine is no outage; one PING is test enough of a server that is well. */
export const IN_HEALTH = {
  timeout: { attemptMs: 10_000, totalMs: 10_000 },
  connection: { connectMs: 10_000, silenceMs: 10_000 },
  breaker: { disconnectedMs: 10_000, halfOpenProbes: 1 },
};

/** Short, so that an outage is; a connection may take its time where many tests start at once. */
const IN_OUTAGE = {
  breaker: { disconnectedMs: 500 },
  connection: { ...BRISK.connection, connectMs: 5_000 },
};

const BRIEF = { attemptMs: 1_000, totalMs: 1_500 };

/** How much later than its deadline a call may settle during an outage. */
const LATE_MS = 150;

/** Calls during an outage: from its first moment, when they are held, until after the circuit opened. */
const CALLS = 8;
const CALL_EVERY_MS = 200;

/** How long a test waits for what must come. */
export const PATIENCE = { timeout: 10_000, interval: 20 };

/** How long the test of the server is held up, so that calls come meanwhile. */
const HALF_OPEN_MS = 50;

/** Runs packages on every major that they support, in every condition of the circuit and the server. */
export function workWithRedis<T>(...guests: readonly Guest<T>[]): void {
  const records = guests.map((guest) => run(guest));
  // `npm run ecosystem -- --update` records what the README's table is then made from.
  it.for(records)('$file is recorded as it ran', async (record, { expect: check }) => {
    await check(record.text()).toMatchFileSnapshot(`results/${record.file}.json`);
  });
}

function run<T>(guest: Guest<T>): Recording {
  const record = recordOf(guest);
  describe.for(majors.filter(({ major }) => guest.majors.includes(major)))(
    `${guest.installedAs} with $name`,
    { concurrent: true },
    (version) => {
      const under = (condition: Condition, scenario: (test: Cleanup) => Promise<void>) => {
        it(condition, async (test) => {
          await scenario(test);
          record.note(version, condition);
        });
      };
      under('bare', (test) => bare(guest, version, test));
      under('circuit closed', (test) => closed(guest, version, test));
      under('circuit open', (test) => open(guest, version, test));
      under('circuit half-open', (test) => halfOpen(guest, version, test));
      under('server killed', (test) =>
        outage(guest, version, test, (control) => ({
          begin: () => control.kill(),
          end: () => control.restart(),
        })),
      );
      under('server frozen', (test) =>
        outage(guest, version, test, (control) => ({
          begin: () => control.freeze(),
          end: () => {
            control.thaw();
          },
        })),
      );
    },
  );
  return record;
}

/** The control: what the package does with the client that nobody wrapped. */
async function bare<T>(guest: Guest<T>, version: ClientVersion, test: Cleanup): Promise<void> {
  const { url } = await server(test);
  const client = version.createClient({ url });
  client.on('error', () => undefined);
  await client.connect();
  test.onTestFinished(() => client['quit']());
  await guest.works(await guest.start(client, test));
}

async function closed<T>(guest: Guest<T>, version: ClientVersion, test: Cleanup): Promise<void> {
  const { port } = await server(test);
  const redis = await connected(test, version, port, IN_HEALTH);
  await guest.works(await guest.start(redis, test));
  expect(redis.resilience.state).toBe('closed');
  expect(redis.resilience.stats().calls.succeeded).toBeGreaterThan(0);
}

async function open<T>(guest: Guest<T>, version: ClientVersion, test: Cleanup): Promise<void> {
  const { port } = await server(test);
  const redis = await connected(test, version, port, IN_HEALTH);
  const started = await guest.start(redis, test);
  redis.resilience.isolate();
  const { attempts, calls } = redis.resilience.stats();
  await within(LATE_MS, guest.away(started));
  expect(redis.resilience.stats().calls.refused).toBeGreaterThan(calls.refused);
  expect(redis.resilience.stats().attempts).toBe(attempts);
  redis.resilience.restore();
  await isClosed(redis);
  await guest.works(started);
}

async function halfOpen<T>(guest: Guest<T>, version: ClientVersion, test: Cleanup): Promise<void> {
  const path = await proxy(test, await server(test));
  const redis = await connected(test, version, path.port, IN_HEALTH);
  const started = await guest.start(redis, test);
  let failedTests = 0;
  redis.resilience.on('circuit.probe-failed', () => failedTests++);
  for (;;) {
    redis.resilience.isolate();
    path.stall();
    const { attempts, calls } = redis.resilience.stats();
    redis.resilience.restore();
    const working = guest.works(started).then(noop, (error: unknown) => error);
    await sleep(HALF_OPEN_MS);
    const meanwhile = redis.resilience.stats();
    path.release();
    const error = await working;
    await isClosed(redis);
    // Where this process stood still for so long that the server failed its test, there is another.
    if (failedTests > 0) {
      failedTests = 0;
      continue;
    }
    expect(error).toBeUndefined();
    expect(meanwhile).toMatchObject({ state: 'half-open', attempts });
    expect(redis.resilience.stats().calls.refused).toBe(calls.refused);
    return;
  }
}

interface Outage {
  readonly begin: () => Promise<void>;
  readonly end: () => Promise<void> | void;
}

async function outage<T>(
  guest: Guest<T>,
  version: ClientVersion,
  test: Cleanup,
  of: (control: Awaited<ReturnType<typeof server>>) => Outage,
): Promise<void> {
  const control = await server(test);
  const { timeout = BRIEF } = guest;
  const redis = await connected(test, version, control.port, { ...IN_OUTAGE, timeout });
  const settlesMs = timeout.totalMs + LATE_MS;
  const opened: unknown[] = [];
  redis.resilience.on('circuit.opened', (event) => opened.push(event));
  const started = await guest.start(redis, test);
  await guest.works(started);
  const { begin, end } = of(control);
  await begin();
  const calls = Array.from({ length: CALLS }, async (_, index) => {
    await sleep(index * CALL_EVERY_MS);
    await within(settlesMs, guest.away(started));
  });
  await Promise.all(calls);
  await vi.waitFor(() => {
    expect(opened).not.toHaveLength(0);
  }, PATIENCE);
  await within(settlesMs, guest.away(started));
  await end();
  await isClosed(redis);
  await guest.works(started);
}

async function isClosed(redis: Resilient<AnyClient>): Promise<void> {
  // Not `expect.poll`, which cannot tell tests apart that run side by side.
  await vi.waitFor(() => {
    expect(redis.resilience.state).toBe('closed');
  }, PATIENCE);
}

function noop(): void {
  // It did what it should.
}

/** Passes a call's outcome on; rejects where it has none in time. */
async function within<T>(ms: number, call: Promise<T>): Promise<T> {
  const late = async (): Promise<never> => {
    await ran(ms);
    throw new Error(`A call has not settled within ${ms} ms`);
  };
  return Promise.race([call, late()]);
}

const TICK_MS = 10;

/** Waits while this process runs; time for which a busy machine kept it from running does not count. */
async function ran(ms: number): Promise<void> {
  for (let left = ms; left > 0;) {
    const from = performance.now();
    await sleep(TICK_MS);
    left -= Math.min(performance.now() - from, 2 * TICK_MS);
  }
}
