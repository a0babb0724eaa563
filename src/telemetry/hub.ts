import type { EventType, Observer, ResilienceEvent, Stated } from './events.ts';

/** An observer that wants some events only, so that nobody builds the others. */
interface Subscription {
  readonly observer: Observer;
  readonly wants: (type: EventType) => boolean;
}

/** Where the parts of one client state what happens, and observers hear of it. */
export class EventHub {
  readonly #client: string;
  #subscriptions: readonly Subscription[] = [];

  constructor(client: string) {
    this.#client = client;
  }

  /** Adds an observer and returns the way to remove it. */
  subscribe(observer: Observer, wants: (type: EventType) => boolean = () => true): () => void {
    const subscription = { observer, wants };
    this.#subscriptions = [...this.#subscriptions, subscription];
    return () => {
      this.#subscriptions = this.#subscriptions.filter((other) => other !== subscription);
    };
  }

  /** Whether anybody wants to hear of every command: asked before such an event is built. */
  wants(type: EventType): boolean {
    for (const { wants } of this.#subscriptions) if (wants(type)) return true;
    return false;
  }

  state(stated: Stated): void {
    const event = { ...stated, client: this.#client, at: Date.now() } as ResilienceEvent;
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
