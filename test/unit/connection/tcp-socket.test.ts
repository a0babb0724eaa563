import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TcpSocket } from '../../../src/connection/tcp-socket.ts';

const { signal } = new AbortController();

/** A socket that is connected, and the one at its other end. */
async function pair(): Promise<{ socket: TcpSocket; peer: Socket }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = new TcpSocket({ host: '127.0.0.1', port });
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  await socket.connected(signal);
  const [peer] = await accepted;
  onTestFinished(() => {
    socket.destroy();
    peer.destroy();
    server.close();
  });
  return { socket, peer: peer.resume() };
}

describe('the TCP socket beneath TLS', () => {
  it('is closed as it is destroyed', async () => {
    const { socket, peer } = await pair();
    socket.destroy();
    await once(peer, 'end');
  });

  it('is reset instead where that was asked for', async () => {
    const { socket, peer } = await pair();
    socket.resetWhenDestroyed();
    expect(socket.destroyed).toBe(false);
    const ended = once(peer, 'end');
    socket.destroy();
    expect(socket.destroyed).toBe(true);
    await expect(ended).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('says why it cannot connect', async () => {
    const socket = new TcpSocket({ host: '127.0.0.1', port: 1 });
    await expect(socket.connected(signal)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('is given up in the middle of connecting, reset or not', async () => {
    const controller = new AbortController();
    // For documentation only (RFC 5737): nobody answers there.
    const socket = new TcpSocket({ host: '192.0.2.1' });
    const connecting = socket.connected(controller.signal);
    socket.resetWhenDestroyed();
    controller.abort();
    socket.destroy();
    await expect(connecting).rejects.toMatchObject({ name: 'AbortError' });
    expect(socket.destroyed).toBe(true);
  });
});
