import type { Target } from '../commands/operation.ts';
import type { Failure } from '../failures/failure.ts';
import type { Attempt, Call } from '../pipeline/call.ts';
import type { Deadline } from '../pipeline/deadlines.ts';
import { LinkedList, type Listed } from '../pipeline/linked-list.ts';
import { failureOf } from './failure-of.ts';

/** Where the outcome of an attempt goes. */
export interface AttemptOutcome {
  dispatched(call: Call): void;
  succeeded(call: Call, reply: unknown): void;
  failed(call: Call, failure: Failure): void;
}

/** To tell so many calls that they failed takes a few milliseconds. */
const AT_ONCE = 1_000;

/** The attempts that one connection has not answered, those that were given up included. */
export class InFlight {
  #attempts = new LinkedList<PendingAttempt>();
  readonly #onFree: () => void;
  readonly #onSuccess: ((call: Call) => void) | undefined;
  #replies = 0;

  /** @param onSuccess - hears of every success, be it that nobody waited for it any more */
  constructor(onFree: () => void, onSuccess?: (call: Call) => void) {
    this.#onFree = onFree;
    this.#onSuccess = onSuccess;
  }

  get size(): number {
    return this.#attempts.size;
  }

  /** Grows with every reply, errors included. */
  get replies(): number {
    return this.#replies;
  }

  /** A reply came to something that is no call: a heartbeat, a probe. */
  replied(): void {
    this.#replies++;
  }

  /** Hands a call to a target; the outcome of the attempt reaches `outcome`, unless it is abandoned. */
  execute(call: Call, outcome: AttemptOutcome, target: Target): void {
    const attempt = this.#begin(call, outcome);
    let reply: Promise<unknown>;
    try {
      reply = call.operation.execute(target, call.args);
    } catch (error) {
      // Some commands of redis 4 look at their arguments at once.
      this.#failed(attempt, error);
      return;
    }
    this.#await(attempt, reply);
  }

  /** The same for a call that has been handed over already. */
  follow(call: Call, outcome: AttemptOutcome, reply: Promise<unknown>): void {
    this.#await(this.#begin(call, outcome), reply);
  }

  /** Ends every attempt for one reason. The event loop gets its turns where there are very many. */
  fail(reason: Failure): void {
    const ended = this.#attempts;
    this.#attempts = new LinkedList();
    const tellSome = () => {
      for (let left = AT_ONCE; left > 0; left--) {
        const attempt = ended.shift();
        if (!attempt) return;
        if (attempt.abandoned) continue;
        attempt.end();
        attempt.outcome.failed(attempt.call, reason);
      }
      setImmediate(tellSome);
    };
    tellSome();
  }

  #begin(call: Call, outcome: AttemptOutcome): PendingAttempt {
    const attempt = new PendingAttempt(call, outcome);
    call.attempt = attempt;
    call.attempts++;
    this.#attempts.append(attempt);
    outcome.dispatched(call);
    return attempt;
  }

  #await(attempt: PendingAttempt, reply: Promise<unknown>): void {
    reply.then(
      (value) => {
        this.#succeeded(attempt, value);
      },
      (error: unknown) => {
        this.#failed(attempt, error);
      },
    );
  }

  #succeeded(attempt: PendingAttempt, value: unknown): void {
    const { call, outcome } = attempt;
    this.#onSuccess?.(call);
    if (this.#settle(attempt)) outcome.succeeded(call, value);
  }

  #failed(attempt: PendingAttempt, error: unknown): void {
    if (!this.#settle(attempt)) return;
    const { call, outcome } = attempt;
    outcome.failed(call, failureOf(call, error));
  }

  /** Takes an attempt off the books; false if its call was told something else before. */
  #settle(attempt: PendingAttempt): boolean {
    this.#replies++;
    if (attempt.list !== this.#attempts) return false;
    this.#attempts.remove(attempt);
    const awaited = !attempt.abandoned;
    if (awaited) attempt.end();
    this.#onFree();
    return awaited;
  }
}

class PendingAttempt implements Attempt, Listed<PendingAttempt> {
  readonly call: Call;
  readonly outcome: AttemptOutcome;
  deadline: Deadline<Attempt> | undefined;
  abandoned = false;
  list: LinkedList<PendingAttempt> | undefined;
  previous: PendingAttempt | undefined;
  next: PendingAttempt | undefined;

  constructor(call: Call, outcome: AttemptOutcome) {
    this.call = call;
    this.outcome = outcome;
  }

  abandon(): void {
    this.abandoned = true;
    this.end();
  }

  end(): void {
    this.deadline?.lift();
    this.call.attempt = undefined;
  }
}
