/*
 * Docs (client configuration): `connectTimeout` is the "connection timeout (in milliseconds)".
 * It ends with TCP and TLS: where a server accepts and answers nothing, as a frozen one does, connect()
 * never settles, no `error` is emitted, and the client stays there when the server is well again.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { majors } from '../../test/support/clients.ts';

const accepted: Socket[] = [];
const server = createServer((socket) => accepted.push(socket)).listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

const trying = majors.map(async ({ name, createClient }) => {
  const socket = { host: '127.0.0.1', port, connectTimeout: 500, reconnectStrategy: false };
  const client = createClient({ socket }).on('error', () => undefined);
  const settled = client.connect().catch(() => undefined);
  const isPending = await Promise.race([settled.then(() => false), sleep(2_500, true)]);
  console.log(
    `${name}: ${isPending ? 'connect() is pending after 5 times its timeout' : 'not shown'}`,
  );
});
await Promise.all(trying);
for (const socket of accepted) socket.destroy();
server.close();
