import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { connected, proxy, server, type Cleanup } from '../integration/wrapped.ts';
import { majors, type ClientVersion } from '../support/clients.ts';
import { Clock } from './clock.ts';

const CROWD = 50;
const OUTAGE_MS = 10_000;
/** The most attempts to connect of the crowd within 10 ms; `Clock` knows which count. */
const PEAK = 30;
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
    const clock = new Clock(test);
    path.resetAccept();
    const cutAt = performance.now();
    path.reset();
    await sleep(1_000);
    const attempts = path.acceptedAt.filter((at) => at > cutAt);
    const { peak, seen } = clock.peakOf(attempts);
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
      const clock = new Clock({ onTestFinished });
      path.resetAccept();
      path.reset();
      await sleep(OUTAGE_MS);
      path.heal();
      const healedAt = performance.now();
      const back = () => crowd.filter(({ isReady }) => isReady).length;
      while (back() < CROWD && performance.now() < healedAt + 10_000) await sleep(5);
      const backMs = performance.now() - healedAt;
      expect(backMs).toBeLessThan(1_000 + SLACK_MS + clock.latestSince(healedAt));
      const sum = connects.reduce((total, count) => total + count, 0);
      expect(sum).toBe(path.connects - CROWD);
      expect(sum / CROWD).toBeLessThan(MEAN_CONNECTS);
      expect(Math.max(...connects)).toBeLessThan(MOST_CONNECTS);
    },
  );
});

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
