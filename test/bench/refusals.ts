import { ResilienceError } from 'redis-resilience';
import type { ClientVersion } from '../support/clients.ts';
import { wrappedClient } from './subjects.ts';

/** What it took an open circuit to refuse calls. */
export interface Refusals {
  readonly calls: number;
  /** On one core. */
  readonly perSecond: number;
}

const AT_ONCE = 1_000;

/** Asks a client whose circuit is open, and makes sure that each call gets an error of its own. */
export async function measureRefusals(
  version: ClientVersion,
  port: number,
  calls: number,
): Promise<Refusals> {
  const redis = await wrappedClient(version, port);
  redis.resilience.isolate();
  const refuse = async (count: number) => {
    for (let left = count; left > 0; left -= AT_ONCE) {
      const seen = new Set<unknown>();
      const asked = Array.from({ length: AT_ONCE }, () =>
        redis.get('key').catch((error: unknown) => seen.add(error)),
      );
      await Promise.all(asked);
      const [one] = seen;
      if (seen.size !== AT_ONCE || !(one instanceof ResilienceError)) {
        throw new Error(`Not every call was refused by an error of its own: ${seen.size}`);
      }
    }
  };
  await refuse(calls / 10);
  const before = process.cpuUsage();
  await refuse(calls);
  const { user, system } = process.cpuUsage(before);
  await redis.resilience.shutdown();
  return { calls, perSecond: calls / ((user + system) / 1e6) };
}
