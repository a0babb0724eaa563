import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientVersion } from '../support/clients.ts';
import { RedisServer } from '../support/redis-server.ts';
import { median } from './statistics.ts';
import { wrappedClient } from './subjects.ts';

/** How soon a client is back after its server is. */
export interface Recovery {
  readonly restarts: number;
  /** From the moment when the server is started, which takes its own time, to the first success. */
  readonly medianMs: number;
  readonly maxMs: number;
}

const AWAY_MS = 1_500;
const EVERY_MS = 5;

/** Restarts a server under a client that asks all the time. */
export async function measureRecovery(version: ClientVersion, restarts: number): Promise<Recovery> {
  const server = await RedisServer.start();
  const redis = await wrappedClient(version, server.port, { connection: { maxDelayMs: 250 } });
  const tookMs: number[] = [];
  for (let left = restarts; left > 0; left--) {
    await server.kill();
    await sleep(AWAY_MS);
    const startedAt = performance.now();
    const restarted = server.restart();
    const back = new Promise<number>((resolve) => {
      const timer = setInterval(() => {
        redis.get('key').then(
          () => {
            clearInterval(timer);
            resolve(performance.now());
          },
          () => undefined,
        );
      }, EVERY_MS);
    });
    tookMs.push((await back) - startedAt);
    await restarted;
    await sleep(300);
  }
  await redis.resilience.shutdown();
  await server.stop();
  return { restarts, medianMs: median(tookMs), maxMs: Math.max(...tookMs) };
}
