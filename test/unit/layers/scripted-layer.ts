import type { Failure } from '../../../src/failures/failure.ts';
import type { Attempt, Call } from '../../../src/pipeline/call.ts';
import { Layer } from '../../../src/pipeline/layer.ts';

/** What becomes of one attempt. */
export type Step =
  | { readonly reply: unknown; readonly afterMs: number }
  | { readonly failure: Failure; readonly afterMs: number }
  | { readonly refusal: Failure }
  | 'hang';

/** The attempt is answered; at once means in a microtask, as with a real client. */
export const replies = (reply: unknown, afterMs = 0): Step => ({ reply, afterMs });

/** The attempt fails after it was dispatched. */
export const fails = (failure: Failure, afterMs = 0): Step => ({ failure, afterMs });

/** The attempt fails without having been dispatched. */
export const refuses = (refusal: Failure): Step => ({ refusal });

/** The innermost layer of a test: plays steps in order, then hangs, and records what it was asked. */
export class ScriptedLayer extends Layer {
  /** Every call that got here, once per attempt. */
  readonly received: Call[] = [];
  /** Why attempts in flight were given up. */
  readonly abandoned: Failure[] = [];
  readonly inFlight = new Set<Attempt>();
  #steps: Step[] = [];
  #look: () => void = () => undefined;

  script(...steps: Step[]): this {
    this.#steps.push(...steps);
    return this;
  }

  /** Reads something at the moment of each attempt: the async context that it is made in, for example. */
  atEach<T>(read: () => T): T[] {
    const seen: T[] = [];
    this.#look = () => seen.push(read());
    return seen;
  }

  override send(call: Call): void {
    this.received.push(call);
    this.#look();
    const step = this.#steps.shift() ?? 'hang';
    if (step !== 'hang' && 'refusal' in step) {
      this.outer.failed(call, step.refusal);
      return;
    }
    const attempt: Attempt = {
      call,
      deadline: undefined,
      abandon: () => {
        this.#end(attempt);
      },
    };
    call.attempt = attempt;
    call.attempts++;
    this.inFlight.add(attempt);
    this.outer.dispatched(call);
    if (step === 'hang') return;
    const play = () => {
      if (!this.#end(attempt)) return;
      if ('reply' in step) this.outer.succeeded(call, step.reply);
      else this.outer.failed(call, step.failure);
    };
    if (step.afterMs > 0) setTimeout(play, step.afterMs);
    else queueMicrotask(play);
  }

  override cancel(call: Call, reason: Failure): void {
    call.waiting?.leave();
    if (!call.attempt) return;
    this.abandoned.push(reason);
    call.attempt.abandon();
  }

  /** Ends everything in flight with one failure, as a lost connection does. */
  loseAll(failure: Failure): void {
    for (const attempt of [...this.inFlight]) {
      this.#end(attempt);
      this.outer.failed(attempt.call, failure);
    }
  }

  #end(attempt: Attempt): boolean {
    if (!this.inFlight.delete(attempt)) return false;
    attempt.deadline?.lift();
    attempt.call.attempt = undefined;
    return true;
  }
}
