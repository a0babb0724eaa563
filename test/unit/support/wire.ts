import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { vi } from 'vitest';
import { FaultProxy } from '../../support/fault-proxy.ts';

/** One end of a connection, which records all that it gets. */
export class Peer {
  readonly segments: Buffer[] = [];
  #size = 0;
  /** When the last segment came, by `performance.now()`. */
  lastSegmentAt = -Infinity;
  /** Whether FIN has come. */
  ended = false;
  /** The code of the error that the connection broke with. */
  error: string | undefined;
  readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay();
    socket.on('data', (segment: Buffer) => {
      this.segments.push(segment);
      this.#size += segment.length;
      this.lastSegmentAt = performance.now();
    });
    socket.on('end', () => (this.ended = true));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.error = error.code));
  }

  get received(): Buffer {
    return Buffer.concat(this.segments);
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Waits until so many bytes have come and a moment more, in which too many could come. */
  async gets(size: number): Promise<Buffer> {
    await vi.waitFor(() => {
      // Counted: to put megabytes together at each look would take the time that they need to come.
      if (this.#size < size) throw new Error(`${this.#size} of ${size} bytes`);
    }, eventually);
    await sleep(2);
    return this.received;
  }

  async getsText(text: string): Promise<boolean> {
    return (await this.gets(text.length)).toString() === text;
  }
}

/** How long a wire test waits for what must happen. */
export const eventually = { timeout: 3_000, interval: 1 };

/** How long a wire test watches for what must not happen. */
export const quietMs = 60;

/** A recording server, a fault proxy before it and clients that connect through the proxy. */
export class Wire {
  readonly proxy: FaultProxy;
  readonly #server: Server;
  readonly #accepted: Peer[];
  readonly #dialled: Peer[] = [];

  private constructor(proxy: FaultProxy, server: Server, accepted: Peer[]) {
    this.proxy = proxy;
    this.#server = server;
    this.#accepted = accepted;
  }

  static async start(): Promise<Wire> {
    const accepted: Peer[] = [];
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      accepted.push(new Peer(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = await FaultProxy.start((server.address() as AddressInfo).port);
    return new Wire(proxy, server, accepted);
  }

  /** Connects a client to the proxy. */
  async dial(): Promise<Peer> {
    const socket = connect({ port: this.proxy.port, host: '127.0.0.1', allowHalfOpen: true });
    const peer = new Peer(socket);
    this.#dialled.push(peer);
    await once(socket, 'connect');
    return peer;
  }

  /** Connects a client to the server and returns both ends. */
  async link(): Promise<{ client: Peer; server: Peer }> {
    const before = this.#accepted.length;
    const client = await this.dial();
    await vi.waitFor(() => {
      if (this.#accepted.length === before) throw new Error('the server accepted nothing');
    }, eventually);
    return { client, server: this.#accepted.at(-1)! };
  }

  get accepted(): number {
    return this.#accepted.length;
  }

  async stop(): Promise<void> {
    this.proxy.stop();
    for (const { socket } of [...this.#dialled, ...this.#accepted]) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
