import type { AnyClient } from '../../../src/commands/client.ts';
import type { AttemptOutcome } from '../../../src/connection/in-flight.ts';
import type { Failure } from '../../../src/failures/failure.ts';
import type { Call } from '../../../src/pipeline/call.ts';

/** What becomes of an attempt: its failure, or its reply. */
type Outcome = Failure | string;

/** A connection that answers what it is told to, in order, and then nothing more. */
export class CarrierStandIn {
  readonly id = 1;
  inFlight = 0;
  readonly dispatched: string[] = [];
  readonly #outcomes: Outcome[] = [];

  script(...outcomes: Outcome[]): void {
    this.#outcomes.push(...outcomes);
  }

  clientFor(): AnyClient {
    return {} as AnyClient;
  }

  ask(): Promise<unknown> {
    return Promise.resolve('PONG');
  }

  dispatch(call: Call, outcome: AttemptOutcome): void {
    this.dispatched.push(call.operation.name);
    const attempt = {
      call,
      deadline: undefined,
      abandon: () => {
        call.attempt = undefined;
      },
    };
    call.attempt = attempt;
    call.attempts++;
    this.inFlight++;
    outcome.dispatched(call);
    const next = this.#outcomes.shift();
    if (next === undefined) return;
    queueMicrotask(() => {
      this.inFlight--;
      if (call.attempt !== attempt) return;
      call.attempt = undefined;
      if (typeof next === 'string') outcome.succeeded(call, next);
      else outcome.failed(call, next);
    });
  }
}
