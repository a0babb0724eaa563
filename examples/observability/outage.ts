/* What the examples beside this one log: a server that dies and comes back, seen by a wrapped client. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';
import { resilient, type LogSink } from 'redis-resilience';
import { RedisServer } from '../../test/support/redis-server.ts';

export async function outage(logger: LogSink): Promise<void> {
  const server = await RedisServer.start();
  const redis = resilient(createClient({ url: server.url }), { name: 'sessions', logger });
  await redis.connect();
  await server.kill();
  const calls = Array.from({ length: 100 }, () => redis.get('session:1').catch(() => null));
  await Promise.all(calls);
  await server.restart();
  while (redis.resilience.state !== 'closed') await sleep(10);
  await redis.resilience.shutdown();
  await server.stop();
}
