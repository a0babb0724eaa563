import type { AnyClient } from '../commands/client.ts';
import { CLOSED, type Failure } from '../failures/failure.ts';
import type { ConnectionOptions } from '../options/types.ts';
import type { EventSink } from '../telemetry/hub.ts';
import { summarize } from '../telemetry/redact.ts';
import { addressOf } from './address.ts';
import { NOT_NEEDED, type Connection } from './connection.ts';
import type { Connector } from './connector.ts';
import type { CredentialSource } from './credentials.ts';
import { Dialer } from './dialer.ts';
import { asHandshakeFailure, isRefusal } from './handshake.ts';
import type { Line, LineListener } from './line.ts';
import { Listeners, NOT_YET } from './listeners.ts';
import { ReconnectDelay } from './reconnect-delay.ts';
import { Watchdog } from './watchdog.ts';

type Phase =
  | { readonly name: 'idle' }
  | { readonly name: 'open' }
  | { readonly name: 'closed'; readonly gaveUp?: Failure };

/** Why a connection is replaced, and what becomes of it meanwhile. */
interface Replacement {
  readonly reason: Failure;
  /** Whether calls may still be dispatched to the old one. */
  readonly trusted: boolean;
  /** Replies of the old one when doubt came up: one more, and it is kept. */
  readonly replies: number;
  /** Whether what is in flight on the old one may still finish. */
  readonly gentle: boolean;
  /** Told whether a fresh connection took over. */
  readonly settled: ((replaced: boolean) => void)[];
}

interface SupervisorParts {
  readonly template: AnyClient;
  readonly options: ConnectionOptions;
  readonly connector: Connector;
  readonly credentials: CredentialSource;
  readonly hub: EventSink;
  /** States an event of the client's own kind to the user's listeners. */
  readonly restate: (event: string, ...args: readonly unknown[]) => void;
  /** Nothing is left to be served, be it that the user closed the client or that it gave up. */
  readonly onClosed: () => void;
}

/** Keeps one connection at hand: makes it, watches it, and replaces it when it is lost or in doubt. */
export class Supervisor implements Line {
  readonly #parts: SupervisorParts;
  readonly #delay: ReconnectDelay;
  readonly #dialer: Dialer;
  readonly #listeners = new Listeners();
  #phase: Phase = { name: 'idle' };
  #current: Connection | undefined;
  #watchdog: Watchdog | undefined;
  #replacement: Replacement | undefined;
  #replacedAt = -Infinity;
  #lastFailure: Failure | undefined;
  #referenced = true;

  constructor(parts: SupervisorParts) {
    this.#parts = parts;
    this.#delay = new ReconnectDelay(parts.template, parts.options);
    this.#dialer = new Dialer(parts.connector, parts.options.connectMs, this.#delay, {
      onReady: (fresh, tookMs) => {
        parts.credentials.markAccepted();
        this.#moveTo(fresh, tookMs);
      },
      onFailed: (reason) => {
        this.#connectFailed(reason);
      },
      onGaveUp: (reason) => {
        this.#close(reason, { name: 'closed', gaveUp: reason }, (last) => {
          last.drop(reason);
        });
      },
      onLost: (lost, reason) => {
        this.#lost(lost, reason);
      },
      onFree: () => {
        this.#listeners.freed();
      },
      // While there is no other, the messages of one that is not quite ready count as well.
      delivers: (connection) => connection === (this.#current ?? connection),
      onListenerFailed: (error) => {
        parts.hub.state({ type: 'listener.failed', event: 'message' });
        parts.restate('error', error);
      },
      onEvent: parts.restate,
    });
  }

  get isOpen(): boolean {
    return this.#phase.name === 'open';
  }

  /** The connection that calls may be dispatched to at this moment. */
  get available(): Connection | undefined {
    return this.#replacement?.trusted === false ? undefined : this.#current;
  }

  /** The connection that is there, trusted or not. */
  get current(): Connection | undefined {
    return this.#current;
  }

  /** Why there is no connection, as far as is known. */
  get lastFailure(): Failure | undefined {
    return this.#lastFailure;
  }

  /** Whether somebody can give other credentials than those that were refused. */
  get canRenewCredentials(): boolean {
    return this.#parts.credentials.canRenew;
  }

  /** Why a call cannot even wait; undefined while it can. */
  get closedFailure(): Failure | undefined {
    if (this.#phase.name === 'open') return undefined;
    const gaveUp = this.#phase.name === 'closed' ? this.#phase.gaveUp : undefined;
    if (!gaveUp) return CLOSED;
    // The failure that made it give up is the cause, which makes this an outage and not a mistake.
    return { ...CLOSED, cause: gaveUp.cause, verdict: { ...CLOSED.verdict, outage: true } };
  }

  /** Adds a listener and returns the way to remove it. */
  listen(listener: LineListener): () => void {
    return this.#listeners.add(listener);
  }

  /** Begins to connect and goes on until closed. */
  open(): void {
    if (this.isOpen) return;
    this.#phase = { name: 'open' };
    this.#lastFailure = undefined;
    this.#delay.reset();
    this.#listeners.tell((listener) => listener.onUnavailable?.(NOT_YET));
    this.#establish();
  }

  /** Drops the connection without waiting for anything and stops trying. */
  close(reason: Failure, { reset = true }: { readonly reset?: boolean } = {}): void {
    this.#close(reason, { name: 'closed' }, (last) => {
      last.drop(reason, { reset });
    });
  }

  /** Stops trying; what is in flight on a connection that is well may still be answered. */
  retire(reason: Failure): void {
    const isWell = this.available !== undefined;
    this.#close(reason, { name: 'closed' }, (last) => {
      if (isWell) last.retire(reason, this.#parts.options.connectMs);
      else last.drop(reason);
    });
  }

  /** Fails everything that waits for a connection. */
  abandonWaiting(reason: Failure): void {
    this.#listeners.abandon(reason);
  }

  /**
   * Leaves a connection that may be dead, make before break: calls wait, and the old one is dropped
   * when a fresh one is ready. A server that is merely frozen makes no fresh one and may still answer.
   */
  suspect(reason: Failure, gentle = false): void {
    const current = this.#current;
    if (!this.isOpen || !current || this.#replacement?.trusted === false) return;
    const settled = this.#replacement?.settled ?? [];
    this.#replacement = { reason, trusted: false, replies: current.replies, gentle, settled };
    this.#lastFailure = reason;
    this.#parts.hub.state({
      type: 'connection.suspected',
      connection: current.id,
      failure: summarize(reason),
    });
    this.#listeners.tell((listener) => listener.onUnavailable?.(reason));
    this.#establish();
  }

  /**
   * Moves to a fresh connection while the present one goes on serving: the fresh one may lead to
   * another server (READONLY) or carry other credentials. False if none could be made, or just was.
   */
  renew(reason: Failure): Promise<boolean> {
    const current = this.available;
    if (!this.isOpen || !current || this.#throttleMs() > 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      const { replies } = current;
      this.#replacement ??= { reason, trusted: true, replies, gentle: true, settled: [] };
      this.#replacement.settled.push(resolve);
      this.#establish();
    });
  }

  /** Whether an open connection keeps the process alive. */
  reference(referenced: boolean): void {
    this.#referenced = referenced;
    if (referenced) this.#current?.ref();
    else this.#current?.unref();
  }

  #establish(): void {
    this.#dialer.dial(
      () => this.#lastFailure,
      () => this.#throttleMs(),
    );
  }

  /** At most one replacement per `maxDelayMs`, so that a slow server is not met with a storm. */
  #throttleMs(): number {
    if (!this.#current) return 0;
    return this.#replacedAt + this.#parts.options.maxDelayMs - performance.now();
  }

  #moveTo(fresh: Connection, tookMs: number): void {
    const { hub, restate, options, connector } = this.#parts;
    const old = this.#current;
    const replacement = this.#replacement;
    const revived = replacement && !replacement.trusted && old?.replies !== replacement.replies;
    if (old && (!replacement || revived)) {
      fresh.drop(NOT_NEEDED, { reset: false });
      this.#revived(old);
      return;
    }
    this.#watchdog?.stop();
    this.#current = fresh;
    this.#lastFailure = undefined;
    this.#delay.ready();
    if (!this.#referenced) fresh.unref();
    connector.resume(fresh);
    this.#watchdog = this.#watch(fresh);
    hub.state({ type: 'connection.ready', connection: fresh.id, tookMs });
    this.#endReplacement(true);
    restate('connect');
    restate('ready');
    this.#listeners.tell((listener) => listener.onAvailable?.(fresh));
    if (old && replacement) {
      // Last, so that calls which lose their attempt with it find the fresh one.
      const { reason, gentle } = replacement;
      this.#replacedAt = performance.now();
      hub.state({ type: 'connection.replaced', connection: old.id, failure: summarize(reason) });
      if (gentle) old.retire(reason, options.connectMs);
      else old.drop(reason);
    }
  }

  #watch(connection: Connection): Watchdog {
    return new Watchdog(connection, this.#parts.options, {
      onSilent: (_silent, reason) => {
        this.suspect(reason);
      },
      onStuck: (_stuck, reason) => {
        this.suspect(reason, true);
      },
      onRevived: (revived) => {
        this.#revived(revived);
      },
      onShifted: (shifted, reason) => {
        shifted.drop(reason);
        this.#lost(shifted, reason);
      },
    });
  }

  #revived(connection: Connection): void {
    if (connection !== this.#current || this.#replacement?.trusted !== false) return;
    this.#endReplacement(false);
    this.#dialer.stop();
    this.#listeners.tell((listener) => listener.onAvailable?.(connection));
  }

  #lost(connection: Connection, reason: Failure): void {
    if (connection !== this.#current) return;
    const { hub, restate } = this.#parts;
    this.#watchdog?.stop();
    this.#current = undefined;
    this.#endReplacement(false);
    this.#lastFailure = reason;
    hub.state({ type: 'connection.lost', connection: connection.id, failure: summarize(reason) });
    restate('error', errorOf(reason));
    restate('reconnecting');
    this.#listeners.tell((listener) => listener.onUnavailable?.(reason));
    this.#establish();
  }

  #connectFailed(error: Failure): void {
    const { hub, restate, credentials, template } = this.#parts;
    const reason = asHandshakeFailure(error, error.address ?? addressOf(template.options));
    const refused = isRefusal(error);
    this.#lastFailure = reason;
    if (reason.kind === 'auth') {
      // Whoever can give new credentials is asked for them at once, then at the usual pace.
      if (error.endedBy === 'server' && credentials.refused()) this.#delay.reset();
      hub.state({ type: 'credentials.refused', failure: summarize(reason) });
    }
    const nextMs = this.#delay.ceilingMs;
    hub.state({ type: 'connection.failed', failure: summarize(reason), nextMs });
    restate('error', errorOf(reason));
    this.#listeners.tell((listener) => listener.onConnectFailed?.(reason, refused));
    if (this.#replacement?.trusted) {
      // The present connection is well: there is nothing to go on for.
      this.#dialer.stop();
      this.#endReplacement(false);
    } else if (refused && !this.#current) {
      this.abandonWaiting(reason);
    }
  }

  #endReplacement(replaced: boolean): void {
    const settled = this.#replacement?.settled ?? [];
    this.#replacement = undefined;
    for (const tell of settled) tell(replaced);
  }

  #close(
    reason: Failure,
    phase: Extract<Phase, { name: 'closed' }>,
    end: (last: Connection) => void,
  ): void {
    if (!this.isOpen) return;
    this.#phase = phase;
    this.#dialer.stop();
    this.#watchdog?.stop();
    const last = this.#current;
    this.#current = undefined;
    this.#endReplacement(false);
    if (last) end(last);
    this.abandonWaiting(phase.gaveUp ? (this.closedFailure ?? reason) : reason);
    const { hub, restate } = this.#parts;
    if (phase.gaveUp) hub.state({ type: 'client.gave-up', failure: summarize(phase.gaveUp) });
    else hub.state({ type: 'client.closed' });
    restate('end');
    this.#parts.onClosed();
  }
}

const errorOf = (reason: Failure): unknown =>
  reason.reply ?? reason.cause ?? new Error(reason.message);
