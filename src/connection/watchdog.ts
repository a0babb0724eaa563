import { randomUUID } from 'node:crypto';
import { classify } from '../failures/classify.ts';
import { failure, type Failure } from '../failures/failure.ts';
import type { ConnectionOptions } from '../options/types.ts';
import type { Connection } from './connection.ts';

/** What a watchdog concludes about its connection. */
export interface WatchdogEvents {
  /** Something is in flight and nothing comes back: the path may be dead, or the server frozen. */
  onSilent(connection: Connection, reason: Failure): void;
  /** Bytes come in and make no reply: the client's decoder may be stuck, or a value is very large. */
  onStuck(connection: Connection, reason: Failure): void;
  /** It answers again after all. */
  onRevived(connection: Connection): void;
  /** It gives answers to other questions than those that were asked. */
  onShifted(connection: Connection, reason: Failure): void;
}

/** Looks per silence period: silence is found at most two of them late. */
const LOOKS = 16;

/** How often a silent connection is looked at for a sign of life. */
const REVIVAL_LOOK_MS = 20;

/**
 * Finds what the client never reports: a dead path, a frozen server (silence while something is in
 * flight, and a heartbeat while nothing is), and a stream whose replies have shifted.
 */
export class Watchdog {
  readonly #connection: Connection;
  readonly #options: ConnectionOptions;
  readonly #events: WatchdogEvents;
  readonly #heartbeat: NodeJS.Timeout;
  #look: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  #late: NodeJS.Timeout | undefined;
  #progress = 0;
  #replies = 0;
  #quietSince: number | undefined;
  #unansweredSince: number | undefined;
  #silent = false;

  constructor(connection: Connection, options: ConnectionOptions, events: WatchdogEvents) {
    this.#connection = connection;
    this.#options = options;
    this.#events = events;
    this.#heartbeat = setInterval(() => void this.#beat(), options.heartbeatMs).unref();
    this.#scheduleLook();
  }

  stop(): void {
    clearTimeout(this.#look);
    clearImmediate(this.#turn);
    clearTimeout(this.#late);
    clearInterval(this.#heartbeat);
  }

  #scheduleLook(): void {
    const everyMs = this.#silent ? REVIVAL_LOOK_MS : Math.ceil(this.#options.silenceMs / LOOKS);
    const dueAt = performance.now() + everyMs;
    this.#look = setTimeout(() => {
      const lateMs = performance.now() - dueAt;
      this.#scheduleLook();
      if (lateMs <= everyMs) {
        this.#check();
        return;
      }
      this.#discount(lateMs);
      // Bytes that came meanwhile are read in this turn.
      this.#turn = setImmediate(() => {
        this.#check();
      });
    }, everyMs).unref();
  }

  /** A stalled process has not listened for so long; after a long absence, silence counts from now. */
  #discount(lateMs: number): void {
    const absent = lateMs >= this.#options.silenceMs;
    const later = (since: number | undefined) =>
      absent || since === undefined ? undefined : since + lateMs;
    this.#quietSince = later(this.#quietSince);
    this.#unansweredSince = later(this.#unansweredSince);
  }

  #check(): void {
    const now = performance.now();
    const { progress, replies, inFlight } = this.#connection;
    if (replies !== this.#replies) this.#revive();
    if (replies !== this.#replies || inFlight === 0) this.#unansweredSince = undefined;
    if (progress !== this.#progress || inFlight === 0) this.#quietSince = undefined;
    this.#progress = progress;
    this.#replies = replies;
    if (inFlight === 0) return;

    const { silenceMs } = this.#options;
    this.#quietSince ??= now;
    this.#unansweredSince ??= now;
    if (now - this.#quietSince >= silenceMs) {
      this.#suspect(`No byte of a reply for ${silenceMs} ms`);
    } else if (now - this.#unansweredSince >= silenceMs) {
      this.#unansweredSince = undefined;
      const message = `Bytes but no reply for ${silenceMs} ms`;
      const reason = failure({ kind: 'transport', execution: 'unknown', message });
      this.#events.onStuck(this.#connection, reason);
    }
  }

  /** An ECHO proves life and order at once; a subscriber of RESP2 may only PING. */
  async #beat(): Promise<void> {
    // One at a time: they may be due more often than one may last.
    if (this.#silent || this.#late) return;
    const nonce = randomUUID();
    const subscribed = this.#connection.client.isPubSubActive === true;
    const late = setTimeout(() => {
      this.#late = undefined;
      this.#suspect(`No answer to a heartbeat for ${this.#options.connectMs} ms`);
    }, this.#options.connectMs).unref();
    this.#late = late;
    try {
      const answer = await this.#connection.ask(...(subscribed ? ['PING'] : ['ECHO', nonce]));
      if (!subscribed && String(answer) !== nonce)
        this.#shifted('A heartbeat got the answer to another command');
      this.#revive();
    } catch (error) {
      // An error reply is an answer as well; a lost connection reports itself.
      const answered = classify(error, { dispatched: true }).endedBy === 'server';
      if (answered) this.#revive();
    } finally {
      clearTimeout(late);
      if (this.#late === late) this.#late = undefined;
    }
  }

  #suspect(message: string): void {
    if (this.#silent || !this.#connection.isReady) return;
    this.#silent = true;
    const reason = failure({ kind: 'transport', execution: 'unknown', message });
    this.#events.onSilent(this.#connection, reason);
  }

  #revive(): void {
    if (!this.#silent) return;
    this.#silent = false;
    this.#events.onRevived(this.#connection);
  }

  #shifted(message: string): void {
    const reason = failure({ kind: 'transport', execution: 'unknown', message });
    this.#events.onShifted(this.#connection, reason);
  }
}
