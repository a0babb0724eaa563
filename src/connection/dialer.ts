import { type Failure } from '../failures/failure.ts';
import { sleep } from '../pipeline/sleep.ts';
import { inNoContext } from '../telemetry/no-context.ts';
import { NOT_NEEDED, type Connection, type ConnectionEvents } from './connection.ts';
import type { Connector } from './connector.ts';
import type { ReconnectDelay } from './reconnect-delay.ts';

/** What a dialer reports. */
export interface DialerEvents extends ConnectionEvents {
  /** A connection is ready: it is the listener's now. */
  onReady(connection: Connection, tookMs: number): void;
  onFailed(reason: Failure): void;
  /** The user's strategy wants no further attempt. */
  onGaveUp(reason: Failure): void;
}

/** Tries to connect, one attempt at a time, until a connection is ready or nobody needs one any more. */
export class Dialer {
  readonly #connector: Connector;
  readonly #connectMs: number;
  readonly #delay: ReconnectDelay;
  readonly #events: DialerEvents;
  #dialing: AbortController | undefined;

  constructor(
    connector: Connector,
    connectMs: number,
    delay: ReconnectDelay,
    events: DialerEvents,
  ) {
    this.#connector = connector;
    this.#connectMs = connectMs;
    this.#delay = delay;
    this.#events = events;
  }

  /** Begins, unless it is at it. `last` is why; without it the first attempt is not delayed. */
  dial(last: () => Failure | undefined, notBeforeMs: () => number): void {
    if (this.#dialing) return;
    const dialing = new AbortController();
    this.#dialing = dialing;
    void inNoContext(() => this.#dial(dialing.signal, last, notBeforeMs));
  }

  /** Ends all attempts; what is under way is dropped. */
  stop(): void {
    this.#dialing?.abort();
    this.#dialing = undefined;
  }

  async #dial(
    signal: AbortSignal,
    last: () => Failure | undefined,
    notBeforeMs: () => number,
  ): Promise<void> {
    for (;;) {
      const delay = this.#delay.next(last());
      if ('gaveUp' in delay) {
        this.#events.onGaveUp(delay.gaveUp);
        return;
      }
      if (!(await sleep(Math.max(delay.ms, notBeforeMs()), signal))) return;
      if (await this.#attempt(signal)) return;
    }
  }

  /** Makes one connection; false if another attempt is needed. */
  async #attempt(signal: AbortSignal): Promise<boolean> {
    const startedAt = performance.now();
    let fresh: Connection | undefined;
    const stop = () => fresh?.drop(NOT_NEEDED, { reset: false });
    signal.addEventListener('abort', stop);
    try {
      fresh = await this.#connector.main(this.#events);
      if (signal.aborted) return true;
      await fresh.open(this.#connectMs);
      // A server that was only frozen answers on the old connection as well: let it speak first.
      await new Promise(setImmediate);
      if (!fresh.isReady) return false;
      this.#dialing = undefined;
      this.#events.onReady(fresh, performance.now() - startedAt);
      return true;
    } catch (error) {
      if (!signal.aborted) this.#events.onFailed(error as Failure);
      return signal.aborted;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }
}
