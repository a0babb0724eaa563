import type { Failure } from '../../failures/failure.ts';
import type { Connection } from '../connection.ts';
import type { LineListener, ShardLine } from '../line.ts';
import { Listeners, NOT_YET } from '../listeners.ts';
import type { Supervisor } from '../supervisor.ts';

/**
 * One shard, through failovers and resharding: the line to whichever node is its master. What waits for
 * the old master goes to the new one.
 */
export class Shard implements ShardLine {
  #address: string;
  #node: Supervisor;
  #forget: () => void;
  #dissolved: Failure | undefined;
  readonly #listeners = new Listeners();

  constructor(address: string, node: Supervisor) {
    this.#address = address;
    this.#node = node;
    this.#forget = this.#follow(node);
  }

  get address(): string {
    return this.#address;
  }

  get isOpen(): boolean {
    return this.#node.isOpen;
  }

  get available(): Connection | undefined {
    return this.#dissolved ? undefined : this.#node.available;
  }

  get lastFailure(): Failure | undefined {
    return this.#node.lastFailure;
  }

  get closedFailure(): Failure | undefined {
    return this.#dissolved ?? this.#node.closedFailure;
  }

  get canRenewCredentials(): boolean {
    return this.#node.canRenewCredentials;
  }

  listen(listener: LineListener): () => void {
    const forget = this.#listeners.add(listener);
    const { available, lastFailure } = this.#node;
    if (available) listener.onAvailable?.(available);
    else listener.onUnavailable?.(lastFailure ?? NOT_YET);
    return forget;
  }

  abandonWaiting(reason: Failure): void {
    this.#listeners.abandon(reason);
  }

  renew(reason: Failure): Promise<boolean> {
    return this.#node.renew(reason);
  }

  /** Another node is its master now. */
  moveTo(address: string, node: Supervisor): void {
    this.#address = address;
    if (node === this.#node) return;
    this.#forget();
    this.#node = node;
    this.#forget = this.#follow(node);
    const { available, lastFailure } = node;
    this.#listeners.tell((listener) => {
      if (available) listener.onAvailable?.(available);
      else listener.onUnavailable?.(lastFailure ?? NOT_YET);
    });
  }

  /** The cluster does not have it any more: what waits here has to find another. */
  dissolve(reason: Failure): void {
    this.#dissolved = reason;
    this.#forget();
    this.#listeners.tell((listener) => listener.onAbandoned?.(reason));
    this.#listeners.tell((listener) => listener.onDissolved?.());
  }

  #follow(node: Supervisor): () => void {
    return node.listen({
      onAvailable: (carrier) => {
        this.#listeners.tell((listener) => listener.onAvailable?.(carrier));
      },
      onUnavailable: (reason) => {
        this.#listeners.tell((listener) => listener.onUnavailable?.(reason));
      },
      onConnectFailed: (reason, refused) => {
        this.#listeners.tell((listener) => listener.onConnectFailed?.(reason, refused));
      },
      onFree: () => {
        this.#listeners.freed();
      },
      onAbandoned: (reason) => {
        this.#listeners.tell((listener) => listener.onAbandoned?.(reason));
      },
    });
  }
}
