import { classify } from '../failures/classify.ts';
import type { Failure } from '../failures/failure.ts';
import type { Attempt, Call } from '../pipeline/call.ts';
import { lift, type Deadline } from '../pipeline/deadlines.ts';
import { LinkedList, type Place } from '../pipeline/linked-list.ts';

/** Where the outcome of an attempt goes. */
export interface AttemptOutcome {
  dispatched(call: Call): void;
  succeeded(call: Call, reply: unknown): void;
  failed(call: Call, failure: Failure): void;
}

/** The attempts that one connection has not answered, those that were given up included. */
export class InFlight {
  readonly #attempts = new LinkedList<PendingAttempt>();
  readonly #onFree: () => void;
  #replies = 0;

  constructor(onFree: () => void) {
    this.#onFree = onFree;
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

  /** Begins an attempt; its outcome reaches `outcome`, unless it is abandoned. */
  begin(call: Call, outcome: AttemptOutcome, execute: () => Promise<unknown>): void {
    const attempt = new PendingAttempt(call, outcome);
    call.attempt = attempt;
    call.attempts++;
    attempt.place = this.#attempts.append(attempt);
    outcome.dispatched(call);
    const rejected = (error: unknown) => {
      this.#replies++;
      if (!this.#settle(attempt)) return;
      const { operation, args } = call;
      const argumentsRefused = () => operation.wires(args).length === 0;
      const facts = { dispatched: true, script: operation.script, argumentsRefused };
      outcome.failed(call, classify(error, facts));
    };
    try {
      execute().then((reply) => {
        this.#replies++;
        if (this.#settle(attempt)) outcome.succeeded(call, reply);
      }, rejected);
    } catch (error) {
      // Some commands of redis 4 look at their arguments at once.
      rejected(error);
    }
  }

  /** Ends every attempt for one reason. */
  fail(reason: Failure): void {
    for (let attempt = this.#attempts.shift(); attempt; attempt = this.#attempts.shift()) {
      if (attempt.abandoned) continue;
      attempt.end();
      attempt.outcome.failed(attempt.call, reason);
    }
  }

  /** Takes an attempt off the books; false if its call was told something else before. */
  #settle(attempt: PendingAttempt): boolean {
    if (!attempt.place.list) return false;
    this.#attempts.remove(attempt.place);
    const awaited = !attempt.abandoned;
    if (awaited) attempt.end();
    this.#onFree();
    return awaited;
  }
}

class PendingAttempt implements Attempt {
  readonly call: Call;
  readonly outcome: AttemptOutcome;
  place!: Place<PendingAttempt>;
  deadline: Deadline<Attempt> | undefined;
  abandoned = false;

  constructor(call: Call, outcome: AttemptOutcome) {
    this.call = call;
    this.outcome = outcome;
  }

  abandon(): void {
    this.abandoned = true;
    this.end();
  }

  end(): void {
    lift(this.deadline);
    this.call.attempt = undefined;
  }
}
