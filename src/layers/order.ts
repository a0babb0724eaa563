import type { BlockingConnections } from '../connection/blocking.ts';
import type { Supervisor } from '../connection/supervisor.ts';
import type { Settings } from '../options/settings.ts';
import { link, type Layer } from '../pipeline/layer.ts';
import type { Admission } from '../pipeline/admission.ts';
import type { EventHub } from '../telemetry/hub.ts';
import type { Counters } from '../telemetry/stats.ts';
import { AttemptTimeoutLayer } from './attempt-timeout.ts';
import { BreakerLayer } from './breaker/breaker.ts';
import { BulkheadLayer } from './bulkhead.ts';
import { DeadlineLayer } from './deadline.ts';
import { DispatchLayer } from './dispatch.ts';
import { FallbackLayer } from './fallback.ts';
import { RetryBudget } from './retry-budget.ts';
import { RetryLayer } from './retry.ts';
import { SettlementLayer } from './settlement.ts';

/** What the layers of one client share. */
export interface LayerParts {
  readonly settings: Settings;
  readonly supervisor: Supervisor;
  readonly blocking: BlockingConnections;
  readonly hub: EventHub;
  readonly counters: Counters;
  readonly admission: Admission;
}

/** The layers of one client, linked, and those of them that answer questions. */
export interface Pipelines {
  /** Guards a call. */
  readonly enforce: Layer;
  /** Lets a call wait for a connection, and does nothing else. */
  readonly off: Layer;
  readonly breaker: BreakerLayer | undefined;
  readonly bulkheads: readonly BulkheadLayer[];
  readonly budget: RetryBudget;
}

const UNLIMITED = { maxInFlight: Infinity, maxWaiting: Infinity, maxWaitingOffline: Infinity };

/** Links the layers of one client: the order of the list is the order in which a call meets them. */
export function linkLayers({
  settings,
  supervisor,
  blocking,
  hub,
  counters,
  admission,
}: LayerParts): Pipelines {
  const { name, stackTraces, retry } = settings;
  const budget = new RetryBudget(retry, Math.min(settings.bulkhead.maxInFlight, 5_000));
  const breaker = settings.breaker
    ? new BreakerLayer(name, settings.breaker, supervisor, hub, stackTraces)
    : undefined;
  const bulkhead = new BulkheadLayer(settings.bulkhead, supervisor);
  const unlimited = new BulkheadLayer(UNLIMITED, supervisor);

  const enforce = link([
    new SettlementLayer(hub, counters, admission, stackTraces),
    new FallbackLayer(),
    new DeadlineLayer(),
    new RetryLayer(budget, supervisor, hub, counters),
    ...(breaker ? [breaker] : []),
    bulkhead,
    new AttemptTimeoutLayer(),
    new DispatchLayer(supervisor, blocking),
  ]);
  const off = link([
    new SettlementLayer(hub, counters, admission, stackTraces),
    unlimited,
    new DispatchLayer(supervisor, blocking),
  ]);

  // The breaker hears of a connection first: it tests it before calls that waited are let through.
  for (const listener of [breaker, bulkhead, unlimited]) if (listener) supervisor.listen(listener);
  return { enforce, off, breaker, bulkheads: [bulkhead, unlimited], budget };
}
