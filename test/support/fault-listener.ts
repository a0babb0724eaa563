import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';

const attempts = 20;
const pauseMs = 50;

/** A listening port that can be closed and opened again. */
export class Listener {
  readonly #onConnection: (client: Socket) => void;
  #port: number | undefined;
  #server: Server | undefined;

  constructor(onConnection: (client: Socket) => void) {
    this.#onConnection = onConnection;
  }

  get port(): number {
    if (this.#port === undefined) throw new Error('the listener was never opened');
    return this.#port;
  }

  /** Listens on the port it had before, the first time on one that is free. */
  async open(): Promise<void> {
    for (let attempt = 1; !this.#server; attempt++) {
      const port = this.#port ?? (await freePort());
      try {
        this.#server = await this.#listen(port);
        this.#port = port;
      } catch (error) {
        if (attempt === attempts) throw error;
        await sleep(pauseMs);
      }
    }
  }

  /** Refuses new connections from now on. */
  close(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  #listen(port: number): Promise<Server> {
    const server = createServer({ allowHalfOpen: true }, this.#onConnection);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        resolve(server);
      });
    });
  }
}
