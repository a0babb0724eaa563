/*
 * Docs (README): an error ends the process where nobody listens for `error`; here somebody does.
 * redis 4 throws a TypeError out of the handler of its socket instead, where nobody can catch it, and
 * answers nothing afterwards.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { majors } from '../../test/support/clients.ts';
import { FaultProxy } from '../../test/support/fault-proxy.ts';
import { RedisServer } from '../../test/support/redis-server.ts';

const server = await RedisServer.start();
const proxy = await FaultProxy.start(server.port);
for (const { name, createClient } of majors) {
  const client = createClient({ url: `redis://127.0.0.1:${proxy.port}` });
  await client.on('error', () => undefined).connect();
  const uncaught: unknown[] = [];
  const note = (error: unknown) => uncaught.push(error);
  process.once('uncaughtException', note);
  proxy.inject('+OK\r\n');
  await sleep(200);
  process.off('uncaughtException', note);
  const isShown = uncaught[0] instanceof TypeError;
  console.log(`${name}: ${isShown ? 'the process ends with an uncaught TypeError' : 'not shown'}`);
  await client['disconnect']();
}
proxy.stop();
await server.stop();
