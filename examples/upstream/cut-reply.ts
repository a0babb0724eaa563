/*
 * Docs (FAQ): when a socket closes, what was sent rejects, and the rest goes over a new socket.
 * redis 4 takes the replies on the new socket for the rest of the value that was cut, and hands them to
 * a caller: the decoder's reset leaves `bulkStringRemainingLength` as it was. CLIENT KILL or the end of
 * the server do the same as the proxy here, while a long value is under way.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { majors } from '../../test/support/clients.ts';
import { FaultProxy } from '../../test/support/fault-proxy.ts';
import { RedisServer } from '../../test/support/redis-server.ts';

const server = await RedisServer.start();
const proxy = await FaultProxy.start(server.port);
const keys = Array.from({ length: 40 }, (_, index) => `key-${index}`);
await server.must('SET', 'long', 'x'.repeat(1_000));
await server.must('MSET', ...keys.flatMap((key) => [key, `the value of ${key}`]));

for (const { name, createClient } of majors) {
  const client = createClient({ url: `redis://127.0.0.1:${proxy.port}` });
  await client.on('error', () => undefined).connect();
  proxy.cutAfter(500);
  await client.get('long').catch(() => 'rejected, as documented');

  const replies = new Map<string, string>();
  const asking = keys.map(async (key) => replies.set(key, await client.get(key)));
  await Promise.race([Promise.allSettled(asking), sleep(500)]);
  const isMixedUp = replies.get('key-0')?.includes('the value of key-1') ?? false;
  const isShown = isMixedUp && replies.size < keys.length;
  console.log(
    `${name}: ${isShown ? 'a GET is answered with the values of other keys, other calls hang' : 'not shown'}`,
  );
  await client['disconnect']();
}
proxy.stop();
await server.stop();
