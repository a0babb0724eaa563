/*
 * Docs: nothing; but such a stream has no place from which it could be read on, so it has to be left.
 * redis 4 says nothing and never answers again, redis 5 and 6 emit `error` and give each reply to the
 * call before its own. All keep the connection, which says that it is ready.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { majors } from '../../test/support/clients.ts';
import { FaultProxy } from '../../test/support/fault-proxy.ts';
import { RedisServer } from '../../test/support/redis-server.ts';

const server = await RedisServer.start();
const proxy = await FaultProxy.start(server.port);
const texts = ['a', 'b', 'c'];

for (const { name, createClient } of majors) {
  const client = createClient({ url: `redis://127.0.0.1:${proxy.port}` });
  await client.on('error', () => undefined).connect();
  // One byte in front of the next reply.
  proxy.alter({ at: 0, lost: 0, inserted: Buffer.from('@') });

  const replies: string[] = [];
  for (const [index, text] of texts.entries()) {
    const store = (reply: string) => (replies[index] = reply);
    void client.sendCommand(['ECHO', text]).then(store, () => undefined);
    await sleep(200);
  }
  const outcomes: Readonly<Record<string, string>> = {
    '': 'the connection is kept, every call hangs',
    'b,c': 'the connection is kept, every call gets the reply of the next one',
  };
  const outcome = client.isReady ? outcomes[replies.join()] : undefined;
  console.log(`${name}: ${outcome ?? 'not shown'}`);
  await client['disconnect']();
}
proxy.stop();
await server.stop();
