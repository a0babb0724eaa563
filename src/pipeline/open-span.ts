import type { Failure } from '../failures/failure.ts';
import type { FailureSummary } from '../telemetry/events.ts';
import type { CallSpan, SpanFields } from '../telemetry/telemetry.ts';
import type { LinkedList, Listed } from './linked-list.ts';

/** The span of a call under way: what its tracer throws must not reach the call. */
export class OpenSpan implements Listed<OpenSpan> {
  readonly #span: CallSpan;
  /** The failure of the attempt before, once there was one. */
  failure: Failure | undefined;
  list: LinkedList<OpenSpan> | undefined;
  previous: OpenSpan | undefined;
  next: OpenSpan | undefined;

  constructor(span: CallSpan) {
    this.#span = span;
  }

  /** Does something as a part of the call; what that throws is not the tracer's. */
  within(work: () => void): void {
    this.#span.within(work);
  }

  happened(event: string, fields: SpanFields): void {
    try {
      this.#span.happened(event, fields);
    } catch {
      // As above.
    }
  }

  end(attempts: number, failure?: FailureSummary): void {
    this.list?.remove(this);
    try {
      this.#span.end(attempts, failure);
    } catch {
      // As above.
    }
  }
}
