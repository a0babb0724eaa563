/* Health for an orchestrator: a frozen server is not ready, though `isReady` still says that it is. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express, { type Response } from 'express';
import { createClient } from 'redis';
import { resilient } from 'redis-resilience';
import { RedisServer } from '../test/support/redis-server.ts';

const DEADLINE_MS = 200;

const server = await RedisServer.start();
const redis = resilient(createClient({ url: server.url }), { name: 'cache', logger: false });
let started = false;

const app = express();
const answer = (response: Response, ok: boolean, more: object) =>
  void response.status(ok ? 200 : 503).json({ ok, ...more });

// To kill and restart a service cures no database: this must not ask Redis.
app.get('/live', (_request, response) => {
  answer(response, true, {});
});
app.get('/ready', async (_request, response) => {
  const { ok, state, failure } = await redis.resilience.health({ deadlineMs: DEADLINE_MS });
  answer(response, ok, { circuit: state, failure: failure?.kind });
});
// Once it has served, an outage is no reason to start again.
app.get('/startup', async (_request, response) => {
  started ||= (await redis.resilience.health({ deadlineMs: DEADLINE_MS })).ok;
  answer(response, started, {});
});
const site = app.listen(0, '127.0.0.1');
await once(site, 'listening');
const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;

async function probe(when: string): Promise<void> {
  const tell = async (path: string) => {
    const startedAt = performance.now();
    const { status } = await fetch(url + path);
    const inTime = performance.now() - startedAt < DEADLINE_MS + 300;
    return `${path} ${status}${inTime ? '' : ' too late'}`;
  };
  const answers = [await tell('/live'), await tell('/ready'), await tell('/startup')];
  console.log(`${when}: ${answers.join(', ')}; isReady ${redis.isReady}`);
}

await probe('not connected');
await redis.connect();
await probe('connected');
await server.freeze();
await probe('frozen');
server.thaw();
await probe('thawed');

site.close();
await redis.resilience.shutdown();
await server.stop();
