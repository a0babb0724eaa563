import { AsyncResource } from 'node:async_hooks';
import type { Call } from '../pipeline/call.ts';
import { LinkedList, type Listed } from '../pipeline/linked-list.ts';

/** A call's stay; bound to its caller's async context, so that spans and AsyncLocalStorage stay right. */
class Stay extends AsyncResource implements Listed<Stay> {
  readonly call: Call;
  list: LinkedList<Stay> | undefined;
  previous: Stay | undefined;
  next: Stay | undefined;

  constructor(call: Call) {
    super('redis-resilience.call');
    this.call = call;
  }

  leave(): void {
    this.list?.remove(this);
    this.call.waiting = undefined;
  }
}

/** Calls that wait for a connection, first come, first served. Whoever is in here was not sent. */
export class WaitingRoom {
  readonly #held = new LinkedList<Stay>();

  get size(): number {
    return this.#held.size;
  }

  /** Who has waited longest. */
  get first(): Call | undefined {
    return this.#held.first?.call;
  }

  hold(call: Call): void {
    const stay = new Stay(call);
    this.#held.append(stay);
    call.waiting = stay;
  }

  /** Lets the first out, in its caller's context; false if nobody waits. */
  release(dispatch: (call: Call) => void): boolean {
    const stay = this.#held.first;
    if (!stay) return false;
    stay.leave();
    stay.runInAsyncScope(dispatch, undefined, stay.call);
    return true;
  }

  /** Empties the room; those who come in meanwhile stay. */
  releaseAll(dispatch: (call: Call) => void): void {
    for (let left = this.size; left > 0 && this.release(dispatch); left--);
  }
}
