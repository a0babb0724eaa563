import { BlockingConnections } from '../connection/blocking.ts';
import type { Connector } from '../connection/connector.ts';
import type { Supervisor } from '../connection/supervisor.ts';
import { DEFAULTS } from '../options/defaults.ts';
import { UNLIMITED, type Settings } from '../options/settings.ts';
import { link, type Layer } from '../pipeline/layer.ts';
import type { Admission } from '../pipeline/admission.ts';
import type { EventHub } from '../telemetry/hub.ts';
import type { Counters } from '../telemetry/stats.ts';
import { AbortLayer } from './abort.ts';
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
  readonly connector: Connector;
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
  readonly blocking: readonly BlockingConnections[];
  readonly budget: RetryBudget;
}

/** Links the layers of one client: the order of the list is the order in which a call meets them. */
export function linkLayers({
  settings,
  supervisor,
  connector,
  hub,
  counters,
  admission,
}: LayerParts): Pipelines {
  const { name, stackTraces, retry } = settings;
  const { maxInFlight } = settings.bulkhead;
  const bucketSize = maxInFlight === Infinity ? DEFAULTS.bulkhead.maxInFlight : maxInFlight;
  const budget = new RetryBudget(retry, bucketSize);
  const breaker = settings.breaker
    ? new BreakerLayer(name, settings.breaker, supervisor, hub, stackTraces)
    : undefined;
  const settlement = () => new SettlementLayer(hub, counters, admission, stackTraces);
  const dispatch = () => {
    const { maxDelayMs } = settings.connection;
    const { maxWaitingOffline } = settings.bulkhead;
    const blocking = new BlockingConnections(supervisor, connector, maxDelayMs, maxWaitingOffline);
    return new DispatchLayer(supervisor, blocking);
  };
  const bulkhead = new BulkheadLayer(settings.bulkhead, supervisor);
  const unlimited = new BulkheadLayer(UNLIMITED, supervisor);
  const [guarded, unguarded] = [dispatch(), dispatch()];

  const enforce = link([
    settlement(),
    new FallbackLayer(),
    new AbortLayer(),
    new DeadlineLayer(),
    new RetryLayer(budget, supervisor, hub, counters),
    ...(breaker ? [breaker] : []),
    bulkhead,
    new AttemptTimeoutLayer(),
    guarded,
  ]);
  const off = link([settlement(), new AbortLayer(), unlimited, unguarded]);

  // The breaker hears of a connection first: it tests it before calls that waited are let through.
  const listeners = [...(breaker ? [breaker] : []), bulkhead, unlimited, guarded, unguarded];
  for (const listener of listeners) supervisor.listen(listener);
  const bulkheads = [bulkhead, unlimited];
  const blocking = [guarded.blocking, unguarded.blocking];
  return { enforce, off, breaker, bulkheads, blocking, budget };
}
