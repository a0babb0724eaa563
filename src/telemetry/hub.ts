import type { AsyncResource } from 'node:async_hooks';
import { inNoContext } from './no-context.ts';
import type { EventType, Observer, ResilienceEvent, Stated } from './events.ts';

/** An observer that wants some events only, so that nobody builds the others. */
interface Subscription {
  readonly observer: Observer;
  readonly wants: (type: EventType) => boolean;
}

/** The async context that a call was made in. */
type Context = Pick<AsyncResource, 'runInAsyncScope'>;

/** A call that succeeded. */
interface Succeeded extends Context {
  readonly operation: { readonly name: string };
  readonly attempts: number;
  readonly startedAt: number;
  readonly elapsedMs: number;
}

/** Where a part of a client states what happens. */
export interface EventSink {
  /** Whether anybody wants to hear of such events: asked before one is built on a command's way. */
  wants(type: EventType): boolean;
  state(stated: Stated): void;
}

/** Hears of every success, for less than an event costs: there are as many as commands. */
export type SuccessListener = (command: string, attempts: number, durationMs: number) => void;

/** How soon it is noticed at the latest that a logger is read at another level. */
const ASK_AGAIN_MS = 50;

/** Where the parts of one client state what happens, and observers hear of it. */
export class EventHub implements EventSink {
  readonly #client: string;
  #subscriptions: readonly Subscription[] = [];
  readonly #successListeners: SuccessListener[] = [];
  #successes = { wanted: false, askAgainAt: -Infinity };

  constructor(client: string) {
    this.#client = client;
  }

  /** Adds an observer and returns the way to remove it. */
  subscribe(observer: Observer, wants: (type: EventType) => boolean = () => true): () => void {
    const subscription = { observer, wants };
    this.#change([...this.#subscriptions, subscription]);
    return () => {
      this.#change(this.#subscriptions.filter((other) => other !== subscription));
    };
  }

  /** Adds one that counts successes. */
  onSuccess(listener: SuccessListener): void {
    this.#successListeners.push(listener);
  }

  /** States a success; what its figures are is only asked where somebody wants to know. */
  succeeded(call: Succeeded): void {
    if (this.#successListeners.length > 0) this.#count(call);
    if (!this.wantsSuccesses(call.startedAt)) return;
    const { operation, attempts, elapsedMs: durationMs } = call;
    this.state({ type: 'call.succeeded', command: operation.name, attempts, durationMs }, call);
  }

  wants(type: EventType): boolean {
    for (const { wants } of this.#subscriptions) if (wants(type)) return true;
    return false;
  }

  /**
   * Whether anybody wants to hear of successes. Loggers take their time to say, and are asked again only
   * after a while; `now` is a moment near enough that is known already.
   */
  wantsSuccesses(now: number): boolean {
    if (now >= this.#successes.askAgainAt) {
      this.#successes = { wanted: this.wants('call.succeeded'), askAgainAt: now + ASK_AGAIN_MS };
    }
    return this.#successes.wanted;
  }

  /** For parts that concern one node of a cluster: their events say which. */
  at(address: () => string): EventSink {
    return {
      wants: (type) => this.wants(type),
      state: (stated) => {
        inNoContext(() => {
          this.#tell({ ...stated, address: address() });
        });
      },
    };
  }

  /** States what happened: to a call in the context that it was made in, so that its lines are in its trace. */
  state(stated: Stated, call?: Context): void {
    if (call) call.runInAsyncScope(this.#tell, this, stated);
    else
      inNoContext(() => {
        this.#tell(stated);
      });
  }

  #count({ operation, attempts, elapsedMs }: Succeeded): void {
    for (const listener of this.#successListeners) {
      try {
        listener(operation.name, attempts, elapsedMs);
      } catch {
        // As with observers.
      }
    }
  }

  #change(subscriptions: readonly Subscription[]): void {
    this.#subscriptions = subscriptions;
    this.#successes.askAgainAt = -Infinity;
  }

  #tell(stated: Stated & { readonly address?: string }): void {
    // A tenth of what a spread costs, and in a storm there are tens of thousands.
    const event: ResilienceEvent = Object.assign({ client: this.#client, at: Date.now() }, stated);
    for (const { observer, wants } of this.#subscriptions) {
      if (!wants(event.type)) continue;
      try {
        const observed: unknown = observer(event);
        if (observed instanceof Promise) observed.catch(ignore);
      } catch {
        // An observer is a guest: what it throws must not reach a call or stop a reconnection.
      }
    }
  }
}

function ignore(): void {
  // As above.
}
