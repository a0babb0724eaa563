/* Give the wrapper your winston logger: one line at each end of an outage, each command at `debug`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';
import { resilient } from 'redis-resilience';
import winston from 'winston';
import { RedisServer } from '../test/support/redis-server.ts';

const { combine, timestamp, printf } = winston.format;

/** The fields of a line that this service wants to read in its terminal. */
const fields = ['redis.attempts', 'redis.durationMs', 'error.type', 'redis.failed_calls'];

const logger = winston.createLogger({
  level: 'debug',
  format: combine(
    timestamp({ format: 'HH:mm:ss.SSS' }),
    printf(({ timestamp: time, level, message, ...rest }) => {
      const shown = fields
        .filter((name) => name in rest)
        .map((name) => `${name}=${String(rest[name])}`);
      return [time, level.padEnd(5), message, ...shown].join(' ');
    }),
  ),
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
