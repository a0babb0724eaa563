/*
 * Docs (client configuration): `socketTimeout` closes a socket on which no data is "sent or received" for
 * so long, and the default strategy does not reconnect after it. So it ends a healthy client that has
 * nothing to do, for good; and it never ends a dead connection that commands are written to, the case
 * in which one needs it: each write is data that was sent.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { majors } from '../../test/support/clients.ts';
import { FaultProxy } from '../../test/support/fault-proxy.ts';
import { RedisServer } from '../../test/support/redis-server.ts';

const server = await RedisServer.start();
const proxy = await FaultProxy.start(server.port);
for (const { name, createClient } of majors.filter(({ major }) => major > 4)) {
  const socket = { host: '127.0.0.1', port: proxy.port, socketTimeout: 400 };
  const idle = createClient({ socket }).on('error', () => undefined);
  await idle.connect();
  await sleep(600);

  const busy = createClient({ socket }).on('error', () => undefined);
  await busy.connect();
  proxy.deadenExisting();
  let settled = 0;
  for (let call = 0; call < 16; call++) {
    void busy.ping().then(
      () => settled++,
      () => settled++,
    );
    await sleep(50);
  }
  const isShown = !idle.isOpen && settled === 0;
  console.log(
    `${name}: ${isShown ? 'a healthy idle client is closed for good, a dead connection in use is kept' : 'not shown'}`,
  );
  await busy['disconnect']();
}
proxy.stop();
await server.stop();
