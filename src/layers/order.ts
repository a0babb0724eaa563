import { BlockingConnections } from '../connection/blocking.ts';
import type { Connections } from '../connection/connections.ts';
import type { Line, LineListener, ShardLine } from '../connection/line.ts';
import { DEFAULTS } from '../options/defaults.ts';
import { UNLIMITED, type Settings } from '../options/settings.ts';
import type { Mode } from '../options/types.ts';
import { link, type Layer } from '../pipeline/layer.ts';
import type { Admission } from '../pipeline/admission.ts';
import type { EventHub, EventSink } from '../telemetry/hub.ts';
import type { Counters } from '../telemetry/stats.ts';
import { AbortLayer } from './abort.ts';
import { AttemptTimeoutLayer } from './attempt-timeout.ts';
import { BreakerLayer, type CircuitName } from './breaker/breaker.ts';
import { Circuits } from './breaker/circuits.ts';
import { BulkheadLayer } from './bulkhead.ts';
import { DeadlineLayer } from './deadline.ts';
import { DispatchLayer } from './dispatch.ts';
import { FallbackLayer } from './fallback.ts';
import { RetryBudget } from './retry-budget.ts';
import { RetryLayer } from './retry.ts';
import { SettlementLayer } from './settlement.ts';
import { ShardsLayer, type Lane } from './shards.ts';
import { spanLayers } from './spans.ts';

/** What the layers of one client share. */
export interface LayerParts {
  readonly settings: Settings;
  readonly connections: Connections;
  readonly hub: EventHub;
  readonly counters: Counters;
  readonly admission: Admission;
  /** Which of the pipelines calls go through at the moment. */
  readonly mode: Mode;
}

/** The layers of one client, linked, and what of them answers questions. */
export interface Pipelines {
  /** Guards a call. */
  readonly enforce: Layer;
  /** Lets a call wait for a connection, and does nothing else. */
  readonly off: Layer;
  readonly circuits: Circuits;
  readonly bulkheads: ReadonlySet<BulkheadLayer>;
  readonly blocking: readonly BlockingConnections[];
  readonly budget: RetryBudget;
}

/** Links the layers of one client: the order of the lists is the order in which a call meets them. */
export function linkLayers(parts: LayerParts): Pipelines {
  const { settings, connections, hub, counters, admission } = parts;
  const { line, shards } = connections;
  const circuits = new Circuits();
  const bulkheads = new Set<BulkheadLayer>();
  const budget = new RetryBudget(settings.retry, bucketSize(settings));
  const settlement = () => new SettlementLayer(hub, counters, admission, settings.stackTraces);
  const [guarded, unguarded] = [blockingOf(parts), blockingOf(parts)];
  const [span, attempts] = spansOf(parts);

  const { busyDelayMs } = settings.retry;
  const isOff = () => parts.mode === 'off';
  const circuit = settings.breaker && { ...settings.breaker, busyDelayMs };

  /** What is one per line, because lines fail one by one. */
  const lane = (to: Line, name: () => CircuitName, events: EventSink): Lane => {
    const breaker = circuit
      ? new BreakerLayer(name, circuit, to, events, settings.stackTraces, isOff)
      : undefined;
    const bulkhead = new BulkheadLayer(settings.bulkhead, to);
    const dispatch = new DispatchLayer(to, guarded);
    const head = link([
      ...(breaker ? [breaker] : []),
      bulkhead,
      new AttemptTimeoutLayer(),
      dispatch,
    ]);
    if (breaker) circuits.add(breaker);
    bulkheads.add(bulkhead);
    // The breaker hears of a connection first: it tests it before calls that waited are let through.
    // Blocking calls take the common lane only: what one shard fails is not theirs.
    const inner = to === line ? [bulkhead, dispatch] : [bulkhead];
    const deafen = listen(to, [...(breaker ? [breaker] : []), ...inner]);
    const close = () => {
      deafen();
      if (breaker) circuits.remove(breaker);
      bulkheads.delete(bulkhead);
      head.close();
    };
    return { head, close };
  };

  const common = lane(line, () => ({ name: settings.name }), hub);
  const laneOf = (shard: ShardLine): Lane => {
    const address = () => shard.address;
    return lane(shard, () => ({ name: settings.name, address: address() }), hub.at(address));
  };
  const enforce = link([
    settlement(),
    new AbortLayer(),
    new FallbackLayer(settings.stackTraces),
    ...span,
    new DeadlineLayer(),
    new RetryLayer(budget, line, hub, counters),
    ...attempts,
    shards ? new ShardsLayer(shards, common, laneOf) : common.head,
  ]);

  const unlimited = new BulkheadLayer(UNLIMITED, line);
  const straight = new DispatchLayer(line, unguarded);
  const off = link([settlement(), new AbortLayer(), unlimited, straight]);
  bulkheads.add(unlimited);
  listen(line, [unlimited, straight]);

  return { enforce, off, circuits, bulkheads, blocking: [guarded, unguarded], budget };
}

function blockingOf({ settings, connections }: LayerParts): BlockingConnections {
  const { maxDelayMs } = settings.connection;
  const { maxWaitingOffline } = settings.bulkhead;
  const { line, separate } = connections;
  return new BlockingConnections(line, separate, maxDelayMs, maxWaitingOffline);
}

/** The layers of traces, where somebody traces. */
function spansOf({ settings: { name, telemetry }, hub }: LayerParts): [Layer[], Layer[]] {
  if (!telemetry?.startSpan) return [[], []];
  const [span, attempts] = spanLayers(name, telemetry.startSpan, hub);
  return [[span], [attempts]];
}

function bucketSize({ bulkhead: { maxInFlight } }: Settings): number {
  return maxInFlight === Infinity ? DEFAULTS.bulkhead.maxInFlight : maxInFlight;
}

function listen(line: Line, listeners: readonly LineListener[]): () => void {
  const deafen = listeners.map((listener) => line.listen(listener));
  return () => {
    for (const stop of deafen) stop();
  };
}
