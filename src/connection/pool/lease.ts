import { invoke, rootOf, type AnyClient } from '../../commands/client.ts';
import type { Target, View } from '../../commands/operation.ts';
import type { Failure } from '../../failures/failure.ts';
import type { Attempt, Call } from '../../pipeline/call.ts';
import type { Deadline } from '../../pipeline/deadlines.ts';
import { failureOf } from '../failure-of.ts';
import type { AttemptOutcome } from '../in-flight.ts';

/** A member of a pool in the hands of one call. */
export class Lease implements Attempt, Target {
  readonly call: Call;
  readonly member: AnyClient;
  deadline: Deadline<Attempt> | undefined;
  readonly #pool: AnyClient;
  readonly #onUnfit: (lease: Lease) => void;
  #outcome: AttemptOutcome | undefined;
  #over = false;

  constructor(pool: AnyClient, member: AnyClient, call: Call, onUnfit: (lease: Lease) => void) {
    this.#pool = pool;
    this.member = member;
    this.call = call;
    this.#onUnfit = onUnfit;
  }

  /**
   * The pool itself, as if it had this one member: its own methods know its key prefix and options,
   * which it keeps from its members.
   */
  clientFor(view: View): AnyClient {
    const { _commandOptions } = view.reduce(
      (from, [method, args]) => invoke(from, method, ...args) as AnyClient,
      this.#pool,
    );
    const leased = Object.create(rootOf(this.#pool), {
      execute: { value: (run: (member: AnyClient) => unknown) => run(this.member) },
      _commandOptions: { value: _commandOptions },
    }) as AnyClient;
    Object.defineProperty(leased, '_self', { value: leased });
    return leased;
  }

  /** Runs the call; settles when the member is free again, whatever became of the call. */
  async run(outcome: AttemptOutcome): Promise<void> {
    const { call } = this;
    const { operation, args } = call;
    this.#outcome = outcome;
    call.attempt = this;
    call.attempts++;
    outcome.dispatched(call);
    try {
      const reply = await operation.execute(this, args);
      if (this.#end()) outcome.succeeded(call, reply);
    } catch (error) {
      const reason = failureOf(call, error);
      if (!this.#end()) return;
      // It leads to a master that is none any more.
      if (reason.verdict.retry === 'on-new-connection') this.#onUnfit(this);
      outcome.failed(call, reason);
    }
  }

  /** Tells the call why nobody waits for its reply any more. */
  fail(reason: Failure): void {
    if (this.#end()) this.#outcome?.failed(this.call, reason);
  }

  abandon(): void {
    if (this.#end()) this.#onUnfit(this);
  }

  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.deadline?.lift();
    this.call.attempt = undefined;
    return true;
  }
}
