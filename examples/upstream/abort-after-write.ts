/*
 * Docs (command options, of redis 5): a signal aborts commands that were not written to the socket yet.
 * redis 4 writes within the call and goes on listening (#2465, #2498): AbortError for what is executed, and
 * a queue of -1 commands, so that with `disableOfflineQueue` a TypeError comes out of the socket's handler
 * when the connection is lost. An `AbortSignal.timeout()` that fires long after the reply does that too.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { majors } from '../../test/support/clients.ts';
import { RedisServer } from '../../test/support/redis-server.ts';

const server = await RedisServer.start();
for (const { name, createClient } of majors) {
  const client = createClient({ url: server.url, disableOfflineQueue: true });
  await client.on('error', () => undefined).connect();
  const controller = new AbortController();
  const { signal } = controller;
  // The first name is that of redis 4, the second that of its successors.
  const options = { signal, abortSignal: signal };
  const aborted = client.sendCommand(['INCR', name], options).catch((error: unknown) => error);
  controller.abort();
  const isRejected = (await aborted) instanceof Error;
  const isExecuted = (await client.get(name)) === '1';

  const uncaught: unknown[] = [];
  const note = (error: unknown) => uncaught.push(error);
  process.once('uncaughtException', note);
  await server.command('CLIENT', 'KILL', 'TYPE', 'normal');
  await sleep(200);
  process.off('uncaughtException', note);
  const isShown = isRejected && isExecuted && uncaught.length > 0;
  console.log(
    `${name}: ${isShown ? 'what was executed is called aborted; without an offline queue, the next disconnect ends the process' : 'not shown'}`,
  );
  await client['disconnect']().catch(() => undefined);
}
await server.stop();
