/*
 * Docs (FAQ): when a socket closes, what was sent rejects, and the rest goes over a new socket.
 * redis 5 writes what was called in the same turn of the event loop to the socket that is gone, and waits
 * for the reply on the new one (#1593; fixed in 6 by #3209): from then on every reply goes to the call before
 * its own. Without `disableClientInfo`, calls get the replies of the handshake, or it never ends.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { majors } from '../../test/support/clients.ts';
import { FaultProxy } from '../../test/support/fault-proxy.ts';
import { RedisServer } from '../../test/support/redis-server.ts';

const server = await RedisServer.start();
const proxy = await FaultProxy.start(server.port);
const texts = ['a', 'b', 'c'];
for (const { name, createClient } of majors) {
  const url = `redis://127.0.0.1:${proxy.port}`;
  const client = createClient({ url, disableClientInfo: true });
  await client.on('error', () => undefined).connect();
  await sleep(10);

  const replies: string[] = [];
  // The first call is made before the client hears of the reset, and written after that.
  proxy.reset();
  for (const [index, text] of texts.entries()) {
    const store = (reply: string) => (replies[index] = reply);
    void client.sendCommand(['ECHO', text]).then(store, () => undefined);
    await sleep(200);
  }
  const isShown = replies.join() === texts.slice(1).join();
  console.log(`${name}: ${isShown ? 'every call gets the reply of the next one' : 'not shown'}`);
  await client['disconnect']();
}
proxy.stop();
await server.stop();
