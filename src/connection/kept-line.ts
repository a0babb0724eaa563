import { CLOSED, type Failure } from '../failures/failure.ts';
import type { Carrier, Line, LineListener } from './line.ts';
import { Listeners, NOT_YET } from './listeners.ts';

/**
 * A line that leads through an object of the user's which makes and keeps its own connections, because
 * no fresh one can be made: whether calls are let through is all that is ours to decide.
 */
export class KeptLine implements Line {
  readonly canRenewCredentials = false;
  readonly #carrier: Carrier;
  readonly #renew: () => boolean;
  readonly #listeners = new Listeners();
  #open = false;
  #up = false;
  #lastFailure: Failure | undefined;

  constructor(carrier: Carrier, renew: () => boolean = () => false) {
    this.#carrier = carrier;
    this.#renew = renew;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  get available(): Carrier | undefined {
    return this.#up ? this.#carrier : undefined;
  }

  get lastFailure(): Failure | undefined {
    return this.#lastFailure;
  }

  get closedFailure(): Failure | undefined {
    return this.#open ? undefined : CLOSED;
  }

  listen(listener: LineListener): () => void {
    return this.#listeners.add(listener);
  }

  abandonWaiting(reason: Failure): void {
    this.#listeners.abandon(reason);
  }

  renew(): Promise<boolean> {
    return Promise.resolve(this.#renew());
  }

  /** Calls may come, and wait. */
  open(): void {
    this.#open = true;
    this.#lastFailure = undefined;
    this.#listeners.tell((listener) => listener.onUnavailable?.(NOT_YET));
  }

  /** Calls can be handed over. */
  up(): void {
    if (!this.#open || this.#up) return;
    this.#up = true;
    this.#lastFailure = undefined;
    this.#listeners.tell((listener) => listener.onAvailable?.(this.#carrier));
  }

  /** Calls have to wait. */
  down(reason: Failure): void {
    if (!this.#up) return;
    this.#up = false;
    this.#lastFailure = reason;
    this.#listeners.tell((listener) => listener.onUnavailable?.(reason));
  }

  /** An attempt to connect failed, and others follow. */
  failed(reason: Failure, refused: boolean): void {
    this.#lastFailure = reason;
    this.#listeners.tell((listener) => listener.onConnectFailed?.(reason, refused));
    if (refused && !this.#up) this.abandonWaiting(reason);
  }

  /** A place is free. */
  freed(): void {
    this.#listeners.freed();
  }

  close(reason: Failure): void {
    this.#open = false;
    this.#up = false;
    this.abandonWaiting(reason);
  }
}
