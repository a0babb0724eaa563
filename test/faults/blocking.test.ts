import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { BRISK, connected, proxy, server } from '../integration/wrapped.ts';
import { DURABLE } from '../support/redis-server-options.ts';
import { majors } from '../support/clients.ts';
import type { FaultProxy } from '../support/fault-proxy.ts';
import type { RedisServer } from '../support/redis-server.ts';

const GRACE_MS = 500;
const WAIT_S = 1;
const TOTAL_MS = 1_500;
/** Longest that a BLPOP may take: its own time and some grace, and until it is dispatched. */
const LONGEST_MS = WAIT_S * 1_000 + GRACE_MS + TOTAL_MS;
/** What a machine with two busy cores may add to a deadline. */
const SLACK_MS = 300;
const OPTIONS = {
  ...BRISK,
  timeout: { attemptMs: 500, totalMs: TOTAL_MS, blockingGraceMs: GRACE_MS },
  connection: { ...BRISK.connection, heartbeatMs: 300 },
};

interface Blow {
  readonly name: string;
  readonly strike: (path: FaultProxy, control: RedisServer) => unknown;
  /** The bare client's BLPOP never settles, and takes all later calls with it. */
  readonly hangs: boolean;
}

const BLOWS: readonly Blow[] = [
  {
    name: 'its server is killed and comes back',
    strike: async (_path, control) => {
      await control.kill();
      await sleep(300);
      await control.restart();
    },
    hangs: false,
  },
  {
    name: 'its connection is reset',
    strike: (path) => {
      path.reset();
    },
    hangs: false,
  },
  {
    name: 'its connection is dead',
    strike: (path) => {
      path.deadenExisting();
    },
    hangs: true,
  },
];
const ROWS = majors.flatMap((version) => BLOWS.map((blow) => ({ version, blow })));

describe('a consumer that waits in BLPOP', () => {
  it.concurrent.for(
    ROWS.map((row) => ({ ...row, client: row.version.name, fault: row.blow.name })),
  )('of $client goes on when $fault', { timeout: 60_000 }, async ({ version, blow }, test) => {
    const { expect } = test;
    const control = await server(test, { args: [...DURABLE] });
    const path = await proxy(test, control);
    const redis = await connected(test, version, path.port, OPTIONS);
    const bare = version.createClient({ url: `redis://127.0.0.1:${path.port}` });
    bare.on('error', () => undefined);
    await bare.connect();
    test.onTestFinished(() => {
      void Promise.resolve(bare['disconnect']()).catch(() => undefined);
    });

    const taken: string[] = [];
    const took: number[] = [];
    const failures: { kind: unknown; execution: unknown }[] = [];
    let going = true;
    const consume = async () => {
      while (going) {
        const startedAt = performance.now();
        try {
          const popped = (await redis['blPop']('jobs', WAIT_S)) as { element: string } | null;
          if (popped) taken.push(popped.element);
        } catch (error) {
          failures.push(error as (typeof failures)[number]);
          await sleep(20);
        }
        took.push(performance.now() - startedAt);
      }
    };
    const consumers = [consume(), consume()];
    const pushed: string[] = [];
    const push = async () => {
      pushed.push(`job ${pushed.length}`);
      expect(await control.command('RPUSH', 'jobs', pushed.at(-1)!)).toMatch(/^:/);
    };
    for (let count = 0; count < 10; count++) await push();
    await expect.poll(() => taken, { timeout: 5_000 }).toHaveLength(10);
    expect([failures, await redis.set('k', 'v')]).toEqual([[], 'OK']);

    const plain = settling(bare['blPop']('others', 2 * WAIT_S));
    // Both consumers wait at the server, and the bare one.
    await expect.poll(async () => (await control.info('clients'))['blocked_clients']).toBe('3');
    await blow.strike(path, control);
    const struckAt = performance.now();
    for (let count = 0; count < 10; count++) await push();
    await expect
      .poll(() => redis.set('k', 'v').catch(() => undefined), { timeout: 5_000, interval: 20 })
      .toBe('OK');
    expect(performance.now() - struckAt, 'others wait for nobody').toBeLessThan(2_000 + SLACK_MS);
    await sleep(Math.max(0, struckAt + LONGEST_MS - performance.now()));
    for (let count = 0; count < 10; count++) await push();
    await expect.poll(() => taken, { timeout: 5_000 }).toContain(pushed.at(-1));
    going = false;
    await Promise.all(consumers);

    expect(Math.max(...took)).toBeLessThan(LONGEST_MS + SLACK_MS);
    expect(new Set(taken).size, 'none taken twice').toBe(taken.length);
    const left = await control.pipeline([['LRANGE', 'jobs', '0', '-1']]);
    const missing = pushed.filter((job) => !taken.includes(job) && !left.flat().includes(job));
    const mayHaveTaken = failures.filter(({ execution }) => execution === 'unknown');
    // What was popped for a caller that then heard of nothing: each may have taken one.
    expect(missing.length).toBeLessThanOrEqual(mayHaveTaken.length);
    expect(mayHaveTaken.length, 'those that waited').toBeGreaterThan(0);
    const kinds = new Set(failures.map(({ kind }) => kind));
    expect([...kinds].filter((kind) => kind !== 'transport' && kind !== 'timeout')).toEqual([]);
    expect(redis.resilience.stats()).toMatchObject({ inFlight: 0, waiting: 0 });
    expect(plain.settled, 'the bare client').toBe(!blow.hangs);
  });
});

function settling(promise: Promise<unknown>): { readonly settled: boolean } {
  const state = { settled: false };
  const settle = () => (state.settled = true);
  promise.then(settle, settle);
  return state;
}
