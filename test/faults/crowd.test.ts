import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { connected, proxy, server, type Cleanup } from '../integration/wrapped.ts';
import { majors, type ClientVersion } from '../support/clients.ts';
import { Stalls, type Stall } from '../support/stalls.ts';

const CROWD = 50;
const OUTAGE_MS = 10_000;
/** The most attempts to connect of the crowd within 10 ms. */
const PEAK = 30;
const WINDOW_MS = 10;
/** What a machine with two busy cores may add to a deadline. */
const SLACK_MS = 150;
/** The defaults, but that a crowd may take its time to connect at first. */
const OPTIONS = { logger: false, connection: { connectMs: 10_000 } } as const;
/** Attempts to connect in 10 s: so many on average, and never so many of one client. */
const MEAN_CONNECTS = 28;
const MOST_CONNECTS = 40;

describe('many clients of one process', () => {
  const CROWDS = [
    ...majors.map((version) => ({ name: version.name, version, wrapped: true })),
    { name: 'the bare client of redis 4', version: majors[0]!, wrapped: false },
  ];

  it.for(CROWDS)('of $name are cut at once', async ({ version, wrapped }, test) => {
    const control = await server(test);
    const path = await proxy(test, control);
    if (wrapped) await crowdOf(version, path.port, test);
    else await bareCrowdOf(version, path.port, test);
    expect(path.connects).toBe(CROWD);
    const stalls = new Stalls();
    path.resetAccept();
    const cutAt = performance.now();
    path.reset();
    await sleep(1_000);
    const attempts = path.acceptedAt.filter((at) => at > cutAt);
    stalls.stop();
    const { peak, seen } = peakOf(attempts, stalls.since(cutAt));
    expect(seen, 'attempts while this process was on time').toBeGreaterThan(attempts.length / 4);
    if (wrapped) expect(peak).toBeLessThanOrEqual(PEAK);
    else expect(peak).toBeGreaterThan(PEAK);
    path.heal();
    await expect.poll(() => path.links, { timeout: 5_000 }).toBe(CROWD);
  });

  it.concurrent.for(majors)(
    'of $name come back soon, and have tried with patience',
    { timeout: 60_000 },
    async (version, { expect, onTestFinished }) => {
      const control = await server({ onTestFinished });
      const path = await proxy({ onTestFinished }, control);
      const crowd = await crowdOf(version, path.port, { onTestFinished });
      const connects = crowd.map(() => 0);
      for (const [index, redis] of crowd.entries()) {
        const count = () => connects[index]!++;
        redis.resilience.on('connection.failed', count);
        redis.resilience.on('connection.ready', count);
      }
      const stalls = new Stalls();
      path.resetAccept();
      path.reset();
      await sleep(OUTAGE_MS);
      path.heal();
      const healedAt = performance.now();
      const back = () => crowd.filter(({ isReady }) => isReady).length;
      while (back() < CROWD && performance.now() < healedAt + 10_000) await sleep(5);
      const backMs = performance.now() - healedAt;
      stalls.stop();
      expect(backMs).toBeLessThan(1_000 + SLACK_MS + stalls.longestMsSince(healedAt));
      const sum = connects.reduce((total, count) => total + count, 0);
      expect(sum).toBe(path.connects - CROWD);
      expect(sum / CROWD).toBeLessThan(MEAN_CONNECTS);
      expect(Math.max(...connects)).toBeLessThan(MOST_CONNECTS);
    },
  );
});

/** The most within one window in which this process was on time, and of how many that was seen: what was due while it stood still comes at once. */
function peakOf(moments: readonly number[], stalls: readonly Stall[]) {
  const long = stalls.filter(({ from, to }) => to - from > WINDOW_MS);
  const onTime = moments.filter(
    (at) => !long.some(({ from, to }) => from < at && to >= at - 2 * WINDOW_MS),
  );
  const within = (at: number) => moments.filter((one) => one > at - WINDOW_MS && one <= at).length;
  return { peak: Math.max(0, ...onTime.map(within)), seen: onTime.length };
}

function crowdOf(version: ClientVersion, port: number, test: Cleanup) {
  const one = () => connected(test, version, port, OPTIONS);
  return Promise.all(Array.from({ length: CROWD }, one));
}

async function bareCrowdOf({ createClient }: ClientVersion, port: number, test: Cleanup) {
  for (let index = 0; index < CROWD; index++) {
    const client = createClient({ url: `redis://127.0.0.1:${port}` });
    client.on('error', () => undefined);
    test.onTestFinished(() => {
      void Promise.resolve(client['disconnect']()).catch(() => undefined);
    });
    await client.connect();
  }
}
