import { failure, waitedInVain, type Failure } from '../failures/failure.ts';
import type { LineListener } from './line.ts';

/** Why calls wait on a line that has just been opened. */
export const NOT_YET: Failure = failure({
  kind: 'transport',
  execution: 'not-sent',
  message: 'There is no connection yet',
});

/** Who hears of a line; may change while they are being told. */
export class Listeners {
  #listeners: readonly LineListener[] = [];

  /** Adds a listener and returns the way to remove it. */
  add(listener: LineListener): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  tell(tell: (listener: LineListener) => void): void {
    for (const listener of this.#listeners) tell(listener);
  }

  /** Fails everything that waits for the line. */
  abandon(reason: Failure): void {
    const inVain = waitedInVain(reason);
    this.tell((listener) => listener.onAbandoned?.(inVain));
  }
}
