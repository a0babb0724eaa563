import type { AnyClient } from '../commands/client.ts';
import type { PoolStats } from '../connection/connections.ts';
import { probe } from '../layers/breaker/probe.ts';
import type { CircuitStats } from '../layers/breaker/breaker.ts';
import { failure } from '../failures/failure.ts';
import { validateHealth, validateMode, validateShutdown } from '../options/validate.ts';
import type { FailureKind } from '../failures/kinds.ts';
import type { Mode, ViewOptions } from '../options/types.ts';
import type {
  CircuitState,
  EventType,
  FailureSummary,
  ResilienceEvent,
} from '../telemetry/events.ts';
import { summarize } from '../telemetry/redact.ts';
import type { FacadeParts } from './parts.ts';

/** A snapshot of one client; plain values, safe to serialize. */
export interface Stats {
  readonly name: string;
  readonly mode: Mode;
  readonly state: CircuitState;
  readonly circuits: readonly CircuitStats[];
  readonly calls: {
    readonly succeeded: number;
    readonly failed: number;
    /** Failed without asking the server; part of `failed`. */
    readonly refused: number;
    /** Answered by the fallback: neither succeeded nor failed. */
    readonly fallbacks: number;
    readonly byKind: Readonly<Partial<Record<FailureKind, number>>>;
  };
  readonly attempts: number;
  readonly retries: number;
  readonly retryBudget: { readonly left: number; readonly exhausted: number };
  readonly inFlight: number;
  readonly waiting: number;
  readonly connection: { readonly ready: boolean; readonly id: number | null };
  /** Of a pool only. */
  readonly pool?: PoolStats;
}

/** What a readiness probe needs to know. */
export interface Health {
  /** Whether the server answered within the deadline. */
  readonly ok: boolean;
  readonly state: CircuitState;
  /** Milliseconds that the server took to answer; null where it did not. */
  readonly latencyMs: number | null;
  readonly failure: FailureSummary | null;
}

/** What a wrapped client has beside its commands. `C` is the client's own type. */
export interface Controls<C> {
  /** The worst state among the client's circuits. */
  readonly state: CircuitState;
  /** The kill switch: `off` lets every call through, at once. @throws RangeError */
  mode: Mode;
  /** A view of the same client whose single-value reads reject with `NotFoundError` instead of `null`. */
  readonly strict: Resilient<C>;
  stats(): Stats;
  /**
   * Asks the server beside all queues and layers. What the circuit makes of calls is its `state`.
   * @defaultValue deadlineMs 1_000
   * @throws TypeError, RangeError for what is no duration
   */
  health(options?: { readonly deadlineMs?: number }): Promise<Health>;
  /** Hears of events, all with `'*'`; returns the way to stop. */
  on<T extends EventType>(
    type: T,
    listener: (event: Extract<ResilienceEvent, { readonly type: T }>) => void,
  ): () => void;
  on(type: '*', listener: (event: ResilienceEvent) => void): () => void;
  /** A view of the same client under other options for its calls. @throws TypeError, RangeError */
  with(overrides: ViewOptions): Resilient<C>;
  /** Holds the circuit open until `restore`. @throws Error where there is none (`breaker: false`) */
  isolate(): void;
  restore(): void;
  /**
   * Stops admitting, waits up to `drainMs` (by default the total time of a call) for what is under
   * way, for ever with Infinity, then closes. May be called again, leaves no timer.
   * @throws TypeError, RangeError for what is no duration; there is nothing else
   */
  shutdown(options?: { readonly drainMs?: number }): Promise<void>;
}

/** The client that was given, with every command guarded, and `resilience` beside them. */
export type Resilient<C> = {
  readonly resilience: Controls<C>;
  connect(): Promise<Resilient<C>>;
} & C;

const HEALTH_MS = 1_000;

/** Makes the `resilience` member of one facade. */
export function controlsOf({ guard, perspective, look }: FacadeParts): Controls<AnyClient> {
  const { line, connections, pipelines, counters, settings, hub } = guard;
  const { circuits } = pipelines;
  const state = (): CircuitState => circuits.state;
  const view = (changed: Partial<typeof perspective>) =>
    look({ ...perspective, ...changed }) as Resilient<AnyClient>;
  let strict: Resilient<AnyClient> | undefined;

  return {
    get state() {
      return state();
    },
    get mode() {
      return guard.mode;
    },
    set mode(mode: Mode) {
      validateMode('mode', mode);
      guard.mode = mode;
    },
    get strict() {
      return (strict ??= view({ strict: true }));
    },
    stats: () => ({
      name: settings.name,
      mode: guard.mode,
      state: state(),
      circuits: circuits.stats,
      calls: {
        succeeded: counters.succeeded,
        failed: Object.values(counters.failures).reduce((sum, count) => sum + count, 0),
        refused: counters.refused,
        fallbacks: counters.fallbacks,
        byKind: { ...counters.failures },
      },
      attempts: counters.attempts,
      retries: counters.retries,
      retryBudget: { left: pipelines.budget.left, exhausted: counters.budgetExhausted },
      inFlight: sum(pipelines.blocking, 'inFlight') + connections.inFlight,
      waiting: sum(pipelines.bulkheads, 'waiting') + sum(pipelines.blocking, 'waiting'),
      connection: {
        ready: line.available !== undefined,
        id: line.available?.id ?? null,
      },
      ...(connections.pool && { pool: connections.pool }),
    }),
    async health(options = {}) {
      validateHealth(options);
      const { deadlineMs = HEALTH_MS } = options;
      const carrier = line.available;
      const startedAt = performance.now();
      const offline = line.lastFailure ?? line.closedFailure ?? NO_CONNECTION;
      const reason = carrier ? await probe(carrier, { boundMs: deadlineMs }) : offline;
      return {
        ok: reason === undefined,
        state: state(),
        latencyMs: reason ? null : performance.now() - startedAt,
        failure: reason ? summarize(reason) : null,
      };
    },
    on: (type: string, listener: (event: never) => void) =>
      hub.subscribe(
        listener as (event: ResilienceEvent) => void,
        type === '*' ? undefined : (other) => other === type,
      ),
    with: (overrides) => view({ policies: perspective.policies.with(overrides) }),
    isolate: () => {
      if (settings.breaker === false) throw new Error('Cannot isolate: the client has no breaker');
      circuits.isolate();
    },
    restore: () => {
      circuits.restore();
    },
    async shutdown(options = {}) {
      validateShutdown(options);
      const { drainMs = guard.drainMs } = options;
      await guard.close(drainMs);
    },
  };
}

/** Adds up one figure of several parts. */
function sum<K extends string>(parts: Iterable<Readonly<Record<K, number>>>, figure: K): number {
  return [...parts].reduce((total, part) => total + part[figure], 0);
}

const NO_CONNECTION = failure({
  kind: 'transport',
  execution: 'not-sent',
  message: 'There is no connection',
});
