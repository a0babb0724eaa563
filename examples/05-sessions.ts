/* Sessions of express in Redis: while Redis is away, visitors get an answer early instead of waiting. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import { createClient } from 'redis';
import { isOutage, resilient } from 'redis-resilience';
import { RedisServer } from '../test/support/redis-server.ts';

declare module 'express-session' {
  interface SessionData {
    visits: number;
  }
}

const server = await RedisServer.start({ args: ['--appendonly', 'yes'] });
// A visitor waits for a page: half a second is what a session may cost at most.
const redis = resilient(createClient({ url: server.url }), { preset: 'cache', logger: false });
await redis.connect();

const app = express();
const store = new RedisStore({ client: redis });
app.use(session({ store, secret: 'a secret', resave: false, saveUninitialized: false }));
app.get('/', (request, response) => {
  request.session.visits = (request.session.visits ?? 0) + 1;
  response.send(`visit ${request.session.visits}`);
});
const sorry: express.ErrorRequestHandler = (error, _request, response, next) => {
  // Without its session a visitor would be logged out: better to say that it will be back.
  if (isOutage(error)) response.status(503).set('Retry-After', '1').send('back soon');
  else next(error);
};
app.use(sorry);

const site = app.listen(0, '127.0.0.1');
await once(site, 'listening');
const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;

let cookie = '';
async function visit(when: string): Promise<void> {
  const startedAt = performance.now();
  const response = await fetch(url, { headers: { cookie } });
  cookie ||= response.headers.getSetCookie().join();
  const tookMs = Math.round(performance.now() - startedAt);
  console.log(`${when}: ${response.status} ${await response.text()}, after ${tookMs} ms`);
}

await visit('first');
await visit('again');
await server.kill();
await visit('without Redis');
await server.restart();
while (!redis.isReady) await sleep(10);
await visit('Redis is back');

site.close();
await redis.resilience.shutdown();
await server.stop();
