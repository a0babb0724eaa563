import type { CircuitState, FailureSummary, Observer } from './events.ts';
import type { SuccessListener } from './hub.ts';

/** What a metric is read from, at the moment when somebody asks. */
export interface Snapshot {
  readonly circuits: readonly { readonly address?: string; readonly state: CircuitState }[];
  readonly retryBudget: { readonly left: number };
  readonly inFlight: number;
  readonly waiting: number;
}

/** A wrapped client, as whoever measures it sees it. */
export interface WatchedClient {
  stats(): Snapshot;
  /** Has every event told but successes. */
  onEvent(observer: Observer): void;
  onSuccess(listener: SuccessListener): void;
}

/** A call in a trace, from its first layer to its outcome. */
export interface CallSpan {
  /** Does something as a part of the call: spans that are begun meanwhile stand below this one. */
  within(work: () => void): void;
  happened(event: string, fields: SpanFields): void;
  end(attempts: number, failure?: FailureSummary): void;
}

/** What stands beside an event of a span. */
export type SpanFields = Readonly<Record<string, string | number | string[]>>;

/** Begins the span of a call. */
export type StartSpan = (client: string, command: string) => CallSpan;

/** What measures and traces clients; `openTelemetry()` of `redis-resilience/opentelemetry` makes it. */
export interface Telemetry {
  /**
   * Is given each client as it is wrapped, and each that is made from it, a duplicate for example, under
   * the name of the first: so there are few names.
   */
  watch(name: string, client: WatchedClient): void;
  /** Without it, no call passes the layers of traces. */
  readonly startSpan?: StartSpan | undefined;
}
