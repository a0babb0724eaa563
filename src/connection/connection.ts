import { invoke, rootOf, type AnyClient } from '../commands/client.ts';
import type { View } from '../commands/operation.ts';
import { addressOf } from './address.ts';
import { guardDecoding } from './decoding.ts';
import { classify } from '../failures/classify.ts';
import { failure, type Failure } from '../failures/failure.ts';
import type { Call } from '../pipeline/call.ts';
import { InFlight, type AttemptOutcome } from './in-flight.ts';
import type { Carrier } from './line.ts';
import type { Listener } from './subscriptions.ts';
import type { FreshClient, Wire } from './template.ts';
import { Views } from './views.ts';
import { within } from './within.ts';

/** What a connection tells whoever made it. */
export interface ConnectionEvents {
  /** It is over, and not by our will: everything in flight has been settled. */
  onLost(connection: Connection, failure: Failure): void;
  /** An attempt got its answer, be it that nobody waited for it any more. */
  onFree(connection: Connection): void;
  /** Whether messages that it receives reach their listeners: of two subscribed connections, one's do. */
  delivers(connection: Connection): boolean;
  /** A user's listener threw at a message. */
  onListenerFailed(error: unknown): void;
  /** Anything else that the client emitted. */
  onEvent(event: string, ...args: readonly unknown[]): void;
}

/** Events of a client that its user may listen for, besides those of the connection's life. */
const FORWARDED = ['invalidate', 'sharded-channel-moved', 'ping-interval', 'server-maintenance'];

let count = 0;

/**
 * One connection: one client object that is never repaired and never reconnects. Whatever is doubtful
 * about it has one answer, `drop`.
 */
export class Connection implements Carrier {
  readonly id: number = ++count;
  readonly client: AnyClient;
  readonly #fresh: FreshClient;
  readonly #events: ConnectionEvents;
  readonly #clientFor: (view: View) => AnyClient;
  readonly #inFlight = new InFlight(
    () => {
      this.#freed();
    },
    ({ operation, args }) => operation.afterwards?.(this, args),
  );
  readonly #gated = new WeakMap<Listener, Listener>();
  #retiring: NodeJS.Timeout | undefined;
  #retirement: Failure | undefined;
  #wire: Wire | undefined;
  #state: 'connecting' | 'ready' | 'dropped' = 'connecting';
  /** Why it was dropped; what calls in flight are told. */
  #end: Failure | undefined;

  constructor(fresh: FreshClient, events: ConnectionEvents, clientFor?: (view: View) => AnyClient) {
    this.#fresh = fresh;
    this.client = fresh.client;
    this.#events = events;
    const views = new Views(fresh.client);
    this.#clientFor = clientFor ?? ((view) => views.of(view));
    const root = rootOf(fresh.client);
    // With strategy `false` every error is the end: a lost socket, or bytes that cannot be decoded.
    root.on('error', (error: unknown) => {
      this.#lost(error);
    });
    for (const event of FORWARDED) {
      root.on(event, (...args: unknown[]) => {
        this.#events.onEvent(event, ...args);
      });
    }
  }

  get isReady(): boolean {
    return this.#state === 'ready';
  }

  /** Dispatched and not answered, those that were given up included. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Grows with every reply. */
  get replies(): number {
    return this.#inFlight.replies;
  }

  /** Grows with every sign of life. */
  get progress(): number {
    return this.#wire?.socket.bytesRead ?? this.replies;
  }

  /**
   * Connects, and asks once: redis 4 and 5 call a connection ready that the server will not serve.
   * @throws Failure where it could not be made within `connectMs`
   */
  async open(connectMs: number): Promise<void> {
    try {
      await within(connectMs, `No connection within ${connectMs} ms`, this.#handshake());
      if (this.#end) throw this.#end; // eslint-disable-line @typescript-eslint/only-throw-error -- caught below
      this.#state = 'ready';
    } catch (error) {
      const address = addressOf(this.client.options);
      const cause = { ...(this.#end ?? asFailure(error)), address };
      this.drop(cause);
      throw cause; // eslint-disable-line @typescript-eslint/only-throw-error -- as above
    }
  }

  clientFor(view: View): AnyClient {
    return this.#clientFor(view);
  }

  /** Hands a call to the client; where its outcome goes, unless the attempt is abandoned. */
  dispatch(call: Call, outcome: AttemptOutcome): void {
    this.#inFlight.execute(call, outcome, this);
  }

  /** Asks the server something beside the layers; for handshakes, heartbeats, probes and health. */
  async ask(...command: string[]): Promise<unknown> {
    const reply: unknown = await invoke(this.client, 'sendCommand', command);
    this.#inFlight.replied();
    return reply;
  }

  /**
   * Ends the connection and tells everything in flight why. A doubtful one is reset, not closed, so
   * that the kernel does not deliver given-up bytes after a path has healed.
   */
  drop(reason: Failure, { reset = true }: { reset?: boolean } = {}): void {
    if (this.#state === 'dropped') return;
    this.#state = 'dropped';
    clearTimeout(this.#retiring);
    this.#end ??= reason;
    if (reset) this.#wire?.reset();
    this.#fresh.discard();
    this.#inFlight.fail(reason);
  }

  /** Ends a connection that is well, as soon as nothing is in flight any more, at the latest after `graceMs`. */
  retire(reason: Failure, graceMs: number): void {
    if (this.inFlight === 0) {
      this.drop(reason, { reset: false });
      return;
    }
    this.#retiring = setTimeout(() => {
      this.drop(reason);
    }, graceMs).unref();
    this.#retirement = reason;
  }

  /** Puts a listener behind this connection's gate: during an overlap, one of two connections delivers. */
  gate(listener: Listener): Listener {
    let gated = this.#gated.get(listener);
    if (!gated) {
      gated = (message, channel) => {
        if (!this.#events.delivers(this)) return undefined;
        try {
          return listener(message, channel);
        } catch (error) {
          // The client would take it for bytes that cannot be decoded.
          this.#events.onListenerFailed(error);
          return undefined;
        }
      };
      this.#gated.set(listener, gated);
    }
    return gated;
  }

  ref(): void {
    invoke(this.client, 'ref');
  }

  unref(): void {
    invoke(this.client, 'unref');
  }

  async #handshake(): Promise<void> {
    await this.#fresh.connect((wire) => {
      this.#wire = wire;
      const { socket, isPlain } = wire;
      if (!isPlain) return;
      // The client waits for `close` and goes on writing until then, into a socket that nobody reads.
      socket.once('end', () => {
        this.#lost(new Error('Socket closed unexpectedly'));
      });
      // By then the client listens to the socket, and has not written yet.
      rootOf(this.client).on('connect', () => {
        guardDecoding(socket, (error) => {
          this.#lost(error);
        });
      });
    });
    try {
      await this.ask('PING');
    } catch (error) {
      const refusal = classify(error, { dispatched: true });
      // Any other answer (LOADING, NOPERM, ...) comes from a server that is there.
      if (refusal.kind === 'auth' || refusal.kind === 'transport') throw error;
    }
  }

  #freed(): void {
    if (this.#retirement && this.inFlight === 0) this.drop(this.#retirement, { reset: false });
    this.#events.onFree(this);
  }

  #lost(error: unknown): void {
    if (this.#state === 'dropped') return;
    const wasReady = this.#state === 'ready';
    const end = asLoss(error, wasReady);
    this.#end = end;
    this.drop(end);
    if (wasReady) this.#events.onLost(this, end);
  }
}

/** Why a connection ends that nobody needs. */
export const NOT_NEEDED: Failure = failure({
  kind: 'transport',
  execution: 'not-sent',
  message: 'The connection is not needed any more',
});

/**
 * Bytes that cannot be decoded and replies that nobody asked for have no class; it is we who hang up.
 * Before any call was dispatched, a reply is the server's answer to the handshake.
 */
function asLoss(error: unknown, dispatched: boolean): Failure {
  const reason = classify(error, { dispatched });
  if (reason.kind !== 'unknown' && !(reason.kind === 'command' && dispatched)) return reason;
  // Whatever it says of itself, it says nothing of the calls that are in flight.
  const execution = dispatched ? 'unknown' : 'not-sent';
  return failure({ kind: 'transport', execution, message: reason.message, cause: error });
}

/** A failure as it is, anything else as what it means before a connection is there. */
export function asFailure(error: unknown): Failure {
  const isFailure = typeof error === 'object' && error !== null && 'verdict' in error;
  return isFailure ? (error as Failure) : classify(error, { dispatched: false });
}
