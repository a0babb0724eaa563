import type { Socket } from 'node:net';
import type { Conditions, Way } from './fault-conditions.ts';
import { Direction } from './fault-direction.ts';
import type { Ending } from './fault-direction.ts';

/** One client's connection through a proxy. */
export class Link {
  readonly requests: Direction;
  readonly replies: Direction;
  readonly #client: Socket;
  readonly #server: Socket;

  constructor(client: Socket, server: Socket, conditions: Record<Way, Conditions>) {
    this.#client = client;
    this.#server = server;
    const cut = (how: Ending) => {
      this[how]();
    };
    this.requests = new Direction(client, server, conditions.requests, cut);
    this.replies = new Direction(server, client, conditions.replies, cut);
    client.setNoDelay();
    server.setNoDelay();
  }

  /** Whether the client has not closed its side. */
  get open(): boolean {
    return !this.#client.destroyed && !this.#client.readableEnded;
  }

  /** Calls back when both sockets are gone. */
  onceGone(callback: () => void): void {
    const check = () => {
      if (this.#client.destroyed && this.#server.destroyed) callback();
    };
    this.#client.once('close', check);
    this.#server.once('close', check);
  }

  /** Resets the client's connection and drops the server's. */
  reset(): void {
    this.#client.resetAndDestroy();
    this.destroy();
  }

  /** Sends FIN both ways. */
  end(): void {
    this.#client.end();
    this.#server.end();
  }

  /** Sends FIN to the client only: its requests still get through. */
  halfClose(): void {
    this.#client.end();
  }

  /** Keeps both connections open and silent for ever, even when the other side closes. */
  deaden(): void {
    this.requests.deaden();
    this.replies.deaden();
  }

  /** Takes new conditions into account both ways. */
  adapt(): void {
    this.requests.adapt();
    this.replies.adapt();
  }

  /** Closes both connections and forgets what was under way. */
  destroy(): void {
    this.deaden();
    this.#client.destroy();
    this.#server.destroy();
  }
}
