import type { Execution, FailureKind, UnavailableReason } from '../failures/kinds.ts';

/** State of a circuit, as users and dashboards see it. */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** What may be told of a failure: never a key, a value or what the server quoted. */
export interface FailureSummary {
  readonly kind: FailureKind;
  readonly execution: Execution;
  readonly reason?: UnavailableReason;
  /** Our error code, or the first word of the server's reply. */
  readonly code: string;
  /** Set where the text is ours or the network's. */
  readonly message?: string;
  /** What was behind it, where that says more than the message. */
  readonly causes?: readonly string[];
}

interface CallFacts {
  readonly command: string;
  readonly attempts: number;
  readonly durationMs: number;
}

/** Everything the parts of the library state; one union, so that an observer sees what it leaves out. */
export type ResilienceEvent = {
  readonly client: string;
  readonly at: number;
  /** In a cluster the node that it is about, `host:port`. */
  readonly address?: string;
} & (
  | ({ readonly type: 'call.succeeded' } & CallFacts)
  | ({ readonly type: 'call.failed'; readonly failure: FailureSummary } & CallFacts)
  | ({ readonly type: 'call.refused'; readonly failure: FailureSummary } & CallFacts)
  /** A fallback answered the caller; the failure is what made it necessary. */
  | ({ readonly type: 'call.fallback'; readonly failure: FailureSummary } & CallFacts)
  | {
      readonly type: 'attempt.failed';
      readonly command: string;
      readonly attempt: number;
      readonly failure: FailureSummary;
    }
  | {
      readonly type: 'attempt.retried';
      readonly command: string;
      readonly attempt: number;
      readonly delayMs: number;
      readonly failure: FailureSummary;
    }
  | {
      readonly type: 'retry.budget-exhausted';
      readonly command: string;
      readonly failure: FailureSummary;
    }
  | { readonly type: 'circuit.opened'; readonly cause: string; readonly failure?: FailureSummary }
  | {
      readonly type: 'circuit.probe-failed';
      readonly failure: FailureSummary;
      readonly nextMs: number;
    }
  | { readonly type: 'circuit.half-opened' }
  | { readonly type: 'circuit.closed'; readonly openMs: number }
  | { readonly type: 'connection.ready'; readonly connection: number; readonly tookMs: number }
  | {
      readonly type: 'connection.failed';
      readonly failure: FailureSummary;
      readonly nextMs: number;
    }
  | {
      readonly type: 'connection.lost';
      readonly connection: number;
      readonly failure: FailureSummary;
    }
  | {
      readonly type: 'connection.suspected';
      readonly connection: number;
      readonly failure: FailureSummary;
    }
  | {
      readonly type: 'connection.replaced';
      readonly connection: number;
      readonly failure: FailureSummary;
    }
  | { readonly type: 'credentials.refused'; readonly failure: FailureSummary }
  | { readonly type: 'client.gave-up'; readonly failure: FailureSummary }
  | { readonly type: 'client.closed' }
  | { readonly type: 'listener.failed'; readonly event: string }
);

/** The name of an event. */
export type EventType = ResilienceEvent['type'];

/** An event without what the hub adds to it. */
export type Stated<E = ResilienceEvent> = E extends ResilienceEvent
  ? Omit<E, 'client' | 'at' | 'address'>
  : never;

/** One that watches; what it throws is caught and never fails a call. */
export type Observer = (event: ResilienceEvent) => unknown;
