import type { Failure } from '../../../src/failures/failure.ts';
import type { Call } from '../../../src/pipeline/call.ts';
import { Layer } from '../../../src/pipeline/layer.ts';
import type { OutcomeRecorder } from '../connection/call-of.ts';

/** A layer around the innermost one, which writes down what it is told. */
export class Recorder extends Layer {
  readonly #outcome: OutcomeRecorder;

  constructor(outcome: OutcomeRecorder) {
    super();
    this.#outcome = outcome;
  }

  override dispatched(call: Call): void {
    this.#outcome.dispatched(call);
  }

  override succeeded(call: Call, reply: unknown): void {
    this.#outcome.succeeded(call, reply);
  }

  override failed(call: Call, reason: Failure): void {
    this.#outcome.failed(call, reason);
  }
}
