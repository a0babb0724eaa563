import { AsyncResource } from 'node:async_hooks';
import type { Call } from '../pipeline/call.ts';
import { LinkedList } from '../pipeline/linked-list.ts';

interface Held {
  readonly call: Call;
  /** The caller's async context: spans and AsyncLocalStorage stay right for a call that was held. */
  readonly context: AsyncResource;
}

/** Calls that wait for a connection, first come, first served. Whoever is in here was not sent. */
export class WaitingRoom {
  readonly #held = new LinkedList<Held>();

  get size(): number {
    return this.#held.size;
  }

  hold(call: Call): void {
    const place = this.#held.append({ call, context: new AsyncResource('redis-resilience.call') });
    call.waiting = {
      leave: () => {
        this.#held.remove(place);
        call.waiting = undefined;
      },
    };
  }

  /** Lets the first out, in its caller's context; false if nobody waits. */
  release(dispatch: (call: Call) => void): boolean {
    const held = this.#held.shift();
    if (!held) return false;
    held.call.waiting = undefined;
    held.context.runInAsyncScope(dispatch, undefined, held.call);
    return true;
  }

  /** Empties the room; those who come in meanwhile stay. */
  releaseAll(dispatch: (call: Call) => void): void {
    for (let left = this.size; left > 0 && this.release(dispatch); left--);
  }
}
