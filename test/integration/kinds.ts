import type { TestContext } from 'vitest';
import * as redis5 from 'redis-5';
import * as redis6 from 'redis-6';
import { resilient, type ResilienceOptions, type Resilient } from 'redis-resilience';
import type { AnyClient, ClientVersion } from '../support/clients.ts';
import { SentinelTrio, type SentinelTrioOptions } from '../support/redis-sentinel.ts';
import { BRISK } from './wrapped.ts';

/** What the tests use of a sentinel or a pool; redis 4 has neither. */
export interface KindVersion extends Omit<ClientVersion, 'createClient'> {
  createClient: (options: object) => AnyClient;
  createSentinel: (options: object) => AnyClient;
  createClientPool: (options: object, poolOptions?: object) => AnyClient;
}

export const kinds = [
  { name: 'redis 5', major: 5, ...redis5 },
  { name: 'redis 6', major: 6, ...redis6 },
] as unknown as readonly KindVersion[];

type Cleanup = Pick<TestContext, 'onTestFinished'>;

/** Wraps a client of any kind; it ends with the test. */
export function wrapped(
  { onTestFinished }: Cleanup,
  client: AnyClient,
  options: ResilienceOptions = {},
): Resilient<AnyClient> {
  const redis = resilient(client, { ...BRISK, ...options });
  onTestFinished(() => redis.resilience.shutdown({ drainMs: 0 }));
  return redis;
}

/** A trio that ends with the test. */
export async function trioOf(
  { onTestFinished }: Cleanup,
  options?: SentinelTrioOptions,
): Promise<SentinelTrio> {
  const trio = await SentinelTrio.start(options);
  onTestFinished(() => trio.stop());
  return trio;
}
