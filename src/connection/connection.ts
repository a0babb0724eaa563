import type { Socket } from 'node:net';
import { invoke, methodOf, rootOf, type AnyClient } from '../commands/client.ts';
import type { Target, View } from '../commands/operation.ts';
import { classify } from '../failures/classify.ts';
import { failure, type Failure } from '../failures/failure.ts';
import type { Attempt, Call } from '../pipeline/call.ts';
import { lift, type Deadline } from '../pipeline/deadlines.ts';
import { LinkedList, type Place } from '../pipeline/linked-list.ts';
import type { Listener } from './subscriptions.ts';
import type { FreshClient } from './template.ts';

/** What a connection tells whoever made it. */
export interface ConnectionEvents {
  /** It is over, and not by our will: everything in flight has been settled. */
  onLost(connection: Connection, failure: Failure): void;
  /** An attempt got its answer, or was dropped; `late` if nobody waited for it any more. */
  onFree(connection: Connection): void;
  /** Anything else that the client emitted. */
  onEvent(event: string, args: readonly unknown[]): void;
}

/** Events of a client that its user may listen for, besides those of the connection's life. */
const FORWARDED = ['invalidate', 'sharded-channel-moved', 'ping-interval', 'server-maintenance'];

let count = 0;

/**
 * One connection: one client object that is never repaired and never reconnects. Whatever is doubtful
 * about it has one answer, `drop`.
 */
export class Connection implements Target {
  readonly id: number = ++count;
  readonly client: AnyClient;
  readonly #fresh: FreshClient;
  readonly #events: ConnectionEvents;
  readonly #inFlight = new LinkedList<InFlight>();
  readonly #views = new WeakMap<View, AnyClient>();
  readonly #gated = new Map<Listener, Listener>();
  #retiring: NodeJS.Timeout | undefined;
  #retirement: Failure | undefined;
  /** Whether messages of subscriptions reach their listeners. */
  delivers = false;
  #socket: Socket | undefined;
  #replies = 0;
  #state: 'connecting' | 'ready' | 'dropped' = 'connecting';
  /** Why it was dropped; what calls in flight are told. */
  #end: Failure | undefined;

  constructor(fresh: FreshClient, events: ConnectionEvents) {
    this.#fresh = fresh;
    this.client = fresh.client;
    this.#events = events;
    const root = rootOf(fresh.client);
    // With strategy `false` every error is the end: a lost socket, or bytes that cannot be decoded.
    root.on('error', (error: unknown) => {
      this.#lost(error);
    });
    for (const event of FORWARDED) {
      root.on(event, (...args: unknown[]) => {
        this.#events.onEvent(event, args);
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
    return this.#replies;
  }

  /** Grows with every sign of life: bytes where the socket can be had (TCP), else replies. */
  get progress(): number {
    return this.#socket?.bytesRead ?? this.#replies;
  }

  /**
   * Connects, and asks once: redis 4 and 5 call a connection ready that the server will not serve.
   * @throws Failure where it could not be made within `connectMs`
   */
  async open(connectMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    // A credentials provider that never answers keeps redis 5 pending for ever, whatever is destroyed.
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const message = `No connection within ${connectMs} ms`;
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a Failure, caught below
        reject(failure({ kind: 'transport', execution: 'not-sent', message }));
      }, connectMs);
    });
    try {
      await Promise.race([this.#handshake(), deadline]);
      if (this.#end) throw this.#end; // eslint-disable-line @typescript-eslint/only-throw-error -- as above
      this.#state = 'ready';
    } catch (error) {
      const cause = this.#end ?? asFailure(error);
      this.drop(cause);
      throw cause; // eslint-disable-line @typescript-eslint/only-throw-error -- as above
    } finally {
      clearTimeout(timer);
    }
  }

  clientFor(view: View): AnyClient {
    if (view.length === 0) return this.client;
    let client = this.#views.get(view);
    if (!client) {
      client = view.reduce(
        (from, [method, args]) => invoke(from, method, ...args) as AnyClient,
        this.client,
      );
      this.#views.set(view, client);
    }
    return client;
  }

  /** Hands a call to the client. Its outcome reaches `outcome`, unless the attempt was abandoned. */
  dispatch(call: Call, outcome: AttemptOutcome): void {
    const attempt = new InFlight(call, outcome);
    call.attempt = attempt;
    call.attempts++;
    attempt.place = this.#inFlight.append(attempt);
    outcome.dispatched(call);
    const rejected = (error: unknown) => {
      this.#replies++;
      if (!this.#settled(attempt)) return;
      outcome.failed(call, classify(error, { dispatched: true, script: call.operation.script }));
    };
    try {
      call.operation.execute(this, call.args).then((reply) => {
        this.#replies++;
        call.operation.afterwards?.(this, call.args);
        if (this.#settled(attempt)) outcome.succeeded(call, reply);
      }, rejected);
    } catch (error) {
      // Some commands of redis 4 look at their arguments at once.
      rejected(error);
    }
  }

  /** Asks the server something beside the layers; for handshakes, heartbeats, probes and health. */
  async ask(...command: string[]): Promise<unknown> {
    const reply: unknown = await invoke(this.client, 'sendCommand', command);
    this.#replies++;
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
    this.delivers = false;
    if (reset) this.#socket?.resetAndDestroy();
    this.#fresh.discard();
    this.#settleAll(reason);
  }

  /** Ends a connection that is well, as soon as nothing is in flight any more, at the latest after `graceMs`. */
  retire(reason: Failure, graceMs: number): void {
    this.delivers = false;
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
      gated = (message, channel) => (this.delivers ? listener(message, channel) : undefined);
      this.#gated.set(listener, gated);
    }
    return gated;
  }

  ref(): void {
    methodOf(this.client, 'ref')?.call(this.client);
  }

  unref(): void {
    methodOf(this.client, 'unref')?.call(this.client);
  }

  async #handshake(): Promise<void> {
    await this.#fresh.connect((socket) => {
      this.#socket = socket;
      // The client waits for `close` and goes on writing until then, into a socket that nobody reads.
      socket.once('end', () => {
        this.#lost(new Error('Socket closed unexpectedly'));
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

  /** Takes an attempt off the books; false if its call was told something else before. */
  #settled(attempt: InFlight): boolean {
    if (!attempt.place?.list) return false;
    this.#inFlight.remove(attempt.place);
    lift(attempt.deadline);
    const awaited = !attempt.abandoned;
    if (awaited) attempt.call.attempt = undefined;
    if (this.#retirement && this.inFlight === 0) this.drop(this.#retirement, { reset: false });
    this.#events.onFree(this);
    return awaited;
  }

  #lost(error: unknown): void {
    if (this.#state === 'dropped') return;
    const wasReady = this.#state === 'ready';
    const end = asLoss(error, wasReady);
    this.#end = end;
    this.drop(end);
    if (wasReady) this.#events.onLost(this, end);
  }

  #settleAll(reason: Failure): void {
    for (let attempt = this.#inFlight.shift(); attempt; attempt = this.#inFlight.shift()) {
      if (attempt.abandoned) continue;
      lift(attempt.deadline);
      attempt.call.attempt = undefined;
      attempt.outcome.failed(attempt.call, reason);
    }
  }
}

/** Where the outcome of an attempt goes. */
export interface AttemptOutcome {
  dispatched(call: Call): void;
  succeeded(call: Call, reply: unknown): void;
  failed(call: Call, failure: Failure): void;
}

class InFlight implements Attempt {
  readonly call: Call;
  readonly outcome: AttemptOutcome;
  place: Place<InFlight> | undefined;
  deadline: Deadline<Attempt> | undefined;
  abandoned = false;

  constructor(call: Call, outcome: AttemptOutcome) {
    this.call = call;
    this.outcome = outcome;
  }

  abandon(): void {
    lift(this.deadline);
    this.abandoned = true;
    this.call.attempt = undefined;
  }
}

/** Bytes that cannot be decoded and replies that nobody asked for have no class; it is we who hang up. */
function asLoss(error: unknown, dispatched: boolean): Failure {
  const reason = classify(error, { dispatched });
  if (reason.kind !== 'unknown' && reason.kind !== 'command') return reason;
  const { execution, message } = reason;
  return failure({ kind: 'transport', execution, message, cause: error });
}

function asFailure(error: unknown): Failure {
  const isFailure = typeof error === 'object' && error !== null && 'verdict' in error;
  return isFailure ? (error as Failure) : classify(error, { dispatched: false });
}
