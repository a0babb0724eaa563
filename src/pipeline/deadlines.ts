import { MAX_TIMER_MS } from '../options/max-timer.ts';
import { inNoContext } from '../telemetry/no-context.ts';
import { LinkedList, type Listed } from './linked-list.ts';

/** A timer this late means that the process was stalled or frozen, and replies may be waiting unread. */
const STALL_MS = 50;

/** What stalled processes get to read their sockets before silence is held against the server. */
const GRACE_MS = 100;

/** When something that is under way has to be over. */
export class Deadline<T> implements Listed<Deadline<T>> {
  readonly item: T;
  readonly at: number;
  list: LinkedList<Deadline<T>> | undefined;
  previous: Deadline<T> | undefined;
  next: Deadline<T> | undefined;

  constructor(item: T, at: number) {
    this.item = item;
    this.at = at;
  }

  /** Takes it back. The timer stays: to find nothing due costs less than to clear it each time. */
  lift(): void {
    this.list?.remove(this);
  }
}

/**
 * Deadlines of everything under way, on one timer: a timer per command would cost as much as the
 * command. Deadlines of one length expire in the order in which they were set, so a list per length
 * needs no sorting. Before something expires, the event loop gets a turn to read the socket, so that
 * a reply that has already arrived wins.
 */
export class Deadlines<T> {
  readonly #lists = new Map<number, LinkedList<Deadline<T>>>();
  readonly #onExpired: (item: T) => void;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Infinity;
  #turn: NodeJS.Immediate | undefined;

  constructor(onExpired: (item: T) => void) {
    this.#onExpired = onExpired;
  }

  /** Sets a deadline, counted from `now`; an infinite one is none. */
  add(item: T, durationMs: number, now: number = performance.now()): Deadline<T> | undefined {
    if (durationMs === Infinity) return undefined;
    // A whole number needs no memory of its own.
    const deadline = new Deadline(item, Math.ceil(now + durationMs));
    let list = this.#lists.get(durationMs);
    if (!list) this.#lists.set(durationMs, (list = new LinkedList()));
    if (deadline.at < this.#timerAt) this.#arm(deadline.at);
    list.append(deadline);
    return deadline;
  }

  close(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    this.#lists.clear();
    this.#timerAt = Infinity;
  }

  #arm(at: number): void {
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = inNoContext(() => this.#timerFor(at));
  }

  #timerFor(at: number): NodeJS.Timeout {
    // Never keeps the process alive: an open connection, or the attempt to make one, does.
    return setTimeout(
      () => {
        const lateMs = performance.now() - at;
        if (lateMs <= STALL_MS) {
          this.#turnThenExpire();
          return;
        }
        this.#timer = setTimeout(() => {
          this.#turnThenExpire();
        }, GRACE_MS).unref();
      },
      Math.min(MAX_TIMER_MS, Math.max(0, Math.ceil(at - performance.now()))),
    ).unref();
  }

  /** What becomes due in that turn, which may be long, has its own timer and its own grace. */
  #turnThenExpire(): void {
    const now = performance.now();
    this.#turn = setImmediate(() => {
      this.#expire(now);
    });
  }

  #expire(now: number): void {
    let next = Infinity;
    const expired: T[] = [];
    for (const [durationMs, list] of this.#lists) {
      for (let due = list.first; due && due.at <= now; due = list.first) {
        list.shift();
        expired.push(due.item);
      }
      if (list.first) next = Math.min(next, list.first.at);
      else this.#lists.delete(durationMs);
    }
    this.#timerAt = Infinity;
    if (next < Infinity) this.#arm(next);
    for (const item of expired) this.#onExpired(item);
  }
}
