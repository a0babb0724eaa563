/* Give the wrapper your winston logger: one line at each end of an outage, each command at `debug`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';
import { readableFormat, resilient } from 'redis-resilience';
import winston from 'winston';
import { RedisServer } from '../test/support/redis-server.ts';

const logger = winston.createLogger({
  level: 'debug',
  // For a terminal; winston.format.json() is what a collector reads.
  format: readableFormat(),
  transports: [new winston.transports.Console()],
});

const server = await RedisServer.start();
const redis = resilient(createClient({ url: server.url }), { name: 'sessions', logger });
await redis.connect();
await redis.set('session:1', 'somebody');
await redis.get('session:1');

// What a service runs with: the two ends of an outage, and nothing per call.
logger.level = 'warn';
await server.kill();
const calls = Array.from({ length: 1_000 }, () => redis.get('session:1').catch(() => null));
await Promise.all(calls);
await server.restart();
while (redis.resilience.state !== 'closed') await sleep(10);

logger.level = 'debug';
await redis.get('session:1');
await redis.resilience.shutdown();
await server.stop();
