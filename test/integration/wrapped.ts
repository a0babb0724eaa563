import type { TestContext } from 'vitest';
import { resilient, type ResilienceOptions, type Resilient } from 'redis-resilience';
import type { AnyClient, ClientVersion } from '../support/clients.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { RedisServer, type RedisServerOptions } from '../support/redis-server.ts';

/** The settings that the numbers of the acceptance table are for. */
export const BRISK: ResilienceOptions = {
  timeout: { attemptMs: 500, totalMs: 1_500 },
  connection: { connectMs: 1_000, silenceMs: 500, maxDelayMs: 500 },
  logger: false,
};

/** Where a test says what ends with it; explicit, since tests run side by side. */
export type Cleanup = Pick<TestContext, 'onTestFinished'>;

/** A server that ends with the test. */
export async function server(
  { onTestFinished }: Cleanup,
  options: RedisServerOptions = {},
): Promise<RedisServer> {
  const started = await RedisServer.start(options);
  onTestFinished(() => started.stop());
  return started;
}

/** A proxy that ends with the test. */
export async function proxy({ onTestFinished }: Cleanup, target: RedisServer): Promise<FaultProxy> {
  const started = await FaultProxy.start(target.port);
  onTestFinished(() => {
    started.stop();
  });
  return started;
}

/** A wrapped client that ends with the test; not connected yet. */
export function wrap(
  { onTestFinished }: Cleanup,
  { createClient }: ClientVersion,
  port: number,
  options: ResilienceOptions = BRISK,
  clientOptions: object = {},
): Resilient<AnyClient> {
  const client = createClient({ url: `redis://127.0.0.1:${port}`, ...clientOptions });
  const wrapped = resilient(client, { logger: false, ...options });
  onTestFinished(() => wrapped.resilience.shutdown({ drainMs: 0 }));
  return wrapped;
}

/** A wrapped client that is connected. */
export async function connected(...args: Parameters<typeof wrap>): Promise<Resilient<AnyClient>> {
  const wrapped = wrap(...args);
  await wrapped.connect();
  return wrapped;
}
