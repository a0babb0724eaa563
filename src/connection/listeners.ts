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
  /** Those that want to hear of every reply. */
  #ofReplies: readonly LineListener[] = [];

  /** Adds a listener and returns the way to remove it. */
  add(listener: LineListener): () => void {
    this.#change([...this.#listeners, listener]);
    return () => {
      this.#change(this.#listeners.filter((other) => other !== listener));
    };
  }

  tell(tell: (listener: LineListener) => void): void {
    for (const listener of this.#listeners) tell(listener);
  }

  /** An answer has come in: on every command's way, so that nobody is asked who does not care. */
  freed(): void {
    for (const listener of this.#ofReplies) listener.onFree?.();
  }

  /** Fails everything that waits for the line. */
  abandon(reason: Failure): void {
    const inVain = waitedInVain(reason);
    this.tell((listener) => listener.onAbandoned?.(inVain));
  }

  #change(listeners: readonly LineListener[]): void {
    this.#listeners = listeners;
    this.#ofReplies = listeners.filter((listener) => 'onFree' in listener);
  }
}
