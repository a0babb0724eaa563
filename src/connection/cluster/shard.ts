import { failure, waitedInVain, type Failure } from '../../failures/failure.ts';
import type { Connection } from '../connection.ts';
import type { LineListener, ShardLine } from '../line.ts';
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
  #listeners: readonly LineListener[] = [];

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
    this.#listeners = [...this.#listeners, listener];
    const { available, lastFailure } = this.#node;
    if (available) listener.onAvailable?.(available);
    else listener.onUnavailable?.(lastFailure ?? NOT_YET);
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  abandonWaiting(reason: Failure): void {
    const inVain = waitedInVain(reason);
    this.#tell((listener) => listener.onAbandoned?.(inVain));
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
    this.#tell((listener) => {
      if (available) listener.onAvailable?.(available);
      else listener.onUnavailable?.(lastFailure ?? NOT_YET);
    });
  }

  /** The cluster does not have it any more: what waits here has to find another. */
  dissolve(reason: Failure): void {
    this.#dissolved = reason;
    this.#forget();
    this.#tell((listener) => listener.onAbandoned?.(reason));
    this.#tell((listener) => listener.onDissolved?.());
  }

  #follow(node: Supervisor): () => void {
    return node.listen({
      onAvailable: (carrier) => {
        this.#tell((listener) => listener.onAvailable?.(carrier));
      },
      onUnavailable: (reason) => {
        this.#tell((listener) => listener.onUnavailable?.(reason));
      },
      onConnectFailed: (reason, refused) => {
        this.#tell((listener) => listener.onConnectFailed?.(reason, refused));
      },
      onFree: () => {
        this.#tell((listener) => listener.onFree?.());
      },
      onAbandoned: (reason) => {
        this.#tell((listener) => listener.onAbandoned?.(reason));
      },
    });
  }

  #tell(tell: (listener: LineListener) => void): void {
    for (const listener of this.#listeners) tell(listener);
  }
}

const NOT_YET: Failure = failure({
  kind: 'transport',
  execution: 'not-sent',
  message: 'There is no connection to the master of the shard yet',
});
