/* A rate limit that fails open: while Redis is away, requests pass instead of failing or waiting. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import express from 'express';
import { rateLimit } from 'express-rate-limit';
import { RedisStore, type RedisReply } from 'rate-limit-redis';
import { createClient } from 'redis';
import { resilient } from 'redis-resilience';
import { RedisServer } from '../test/support/redis-server.ts';

const server = await RedisServer.start();
const redis = resilient(createClient({ url: server.url }), {
  // To count a request is not worth a long wait, and one try is enough: it can be let through.
  timeout: { attemptMs: 100, totalMs: 200 },
  retry: false,
  breaker: { disconnectedMs: 100 },
  logger: false,
});
// Before the limiter, which loads its scripts when it is made.
await redis.connect();

const app = express();
app.use(
  rateLimit({
    limit: 2,
    windowMs: 60_000,
    store: new RedisStore({
      sendCommand: (...command) => redis.sendCommand<RedisReply>(command),
    }),
    passOnStoreError: true,
    // The circuit's own log line tells of an outage once; this would tell of it per request.
    logger: { error: () => undefined, warn: console.warn },
  }),
);
app.get('/', (_request, response) => void response.send('here you are'));
const site = app.listen(0, '127.0.0.1');
await once(site, 'listening');
const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;

async function ask(times: number, when: string): Promise<void> {
  const startedAt = performance.now();
  const answers: number[] = [];
  for (let count = 0; count < times; count++) answers.push((await fetch(url)).status);
  const tookMs = Math.round(performance.now() - startedAt);
  console.log(`${when}: ${answers.join(' ')}, ${tookMs} ms in all`);
}

await ask(4, 'limited to two');
await server.kill();
await ask(4, 'without Redis');
await server.restart();
while (redis.resilience.state !== 'closed') await sleep(10);
await ask(4, 'counted again');

site.close();
await redis.resilience.shutdown();
await server.stop();
