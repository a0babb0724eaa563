import { once } from 'node:events';
import { Socket, type SocketConstructorOpts, type TcpSocketConnectOpts } from 'node:net';
import type { ClientOptions } from '../commands/client.ts';

/** How long a connection is idle before the kernel asks for a sign of life: the clients' own default. */
const KEEP_ALIVE_MS = 5_000;

/**
 * The TCP socket beneath a TLS socket, which itself cannot be reset. TLS destroys it when it is destroyed:
 * then, and not before, the reset is safe (sooner it ends Node 20 and 22 with a segmentation fault).
 */
export class TcpSocket extends Socket {
  readonly #options: NonNullable<ClientOptions['socket']>;
  #resets = false;

  /** @param options - socket options of a client; nothing is connected yet */
  constructor(options: NonNullable<ClientOptions['socket']>) {
    const { keepAlive, keepAliveInitialDelay = KEEP_ALIVE_MS, noDelay = true } = options;
    const socketOptions = {
      noDelay,
      keepAlive: keepAlive !== false,
      // Redis 4 takes the delay for the switch.
      keepAliveInitialDelay: typeof keepAlive === 'number' ? keepAlive : keepAliveInitialDelay,
    };
    // The types of Node know these of a socket that is about to connect only.
    super(socketOptions as SocketConstructorOpts);
    this.#options = options;
    // Whoever waits for the connection is told, and later the client by the TLS socket.
    this.on('error', () => undefined);
  }

  /** Resolves when TCP is there. @throws Error what the socket says, or that the signal was aborted */
  async connected(signal: AbortSignal): Promise<void> {
    this.connect({ port: 6379, ...this.#options } as TcpSocketConnectOpts);
    await once(this, 'connect', { signal });
  }

  /** Has it reset, not closed, as soon as it is destroyed. */
  resetWhenDestroyed(): void {
    this.#resets = true;
  }

  override destroy(error?: Error): this {
    // Node would wait with a reset until the connection is there.
    if (!this.#resets || this.pending) return super.destroy(error);
    this.#resets = false;
    return this.resetAndDestroy();
  }
}
