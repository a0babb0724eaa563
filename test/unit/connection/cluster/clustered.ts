import { clusterConnections } from '../../../../src/connection/cluster/connections.ts';
import type { Connections } from '../../../../src/connection/connections.ts';
import type { LineListener, ShardLine } from '../../../../src/connection/line.ts';
import { settingsOf } from '../../../../src/options/settings.ts';
import type { ResilienceOptions } from '../../../../src/options/types.ts';
import type { Call } from '../../../../src/pipeline/call.ts';
import type { ResilienceEvent } from '../../../../src/telemetry/events.ts';
import { EventHub } from '../../../../src/telemetry/hub.ts';
import { callOf } from '../call-of.ts';
import { pass } from '../supervised.ts';
import { ClusterSite } from './cluster-stand-in.ts';

/** The connections of a cluster in front of a site, and everything that they told. */
export interface Clustered {
  readonly site: ClusterSite;
  readonly connections: Connections;
  readonly events: ResilienceEvent[];
  readonly types: () => string[];
  readonly heard: string[];
  readonly restated: string[];
  /** The same with what was told. */
  readonly told: unknown[][];
  readonly closed: () => number;
  readonly shardOf: (...keys: string[]) => ShardLine | undefined;
}

export function clustered(
  site: ClusterSite = new ClusterSite(),
  clientOptions: object = {},
  options: ResilienceOptions = {},
): Clustered {
  const hub = new EventHub('test');
  const events: ResilienceEvent[] = [];
  hub.subscribe((event) => events.push(event));
  const [heard, restated, told]: [string[], string[], unknown[][]] = [[], [], []];
  let closed = 0;
  const connections = clusterConnections({
    template: site.template(clientOptions),
    settings: settingsOf({
      connection: { connectMs: 300, silenceMs: 160, heartbeatMs: 5_000, maxDelayMs: 100 },
      ...options,
    }),
    hub,
    restate: (event, ...args) => {
      restated.push(event);
      told.push([event, ...args]);
    },
    onClosed: () => closed++,
  });
  // Whoever listens need not want to hear everything.
  connections.line.listen({});
  connections.line.listen(listening(heard));
  return {
    ...{ site, connections, events, heard, restated, told },
    types: () => events.map(({ type }) => type),
    closed: () => closed,
    shardOf: (...keys) => connections.shards!.shardOf(keyed(...keys)),
  };
}

/** The same, when its nodes are connected. */
export async function connectedCluster(...args: Parameters<typeof clustered>): Promise<Clustered> {
  const all = clustered(...args);
  all.connections.open();
  await pass(5);
  return all;
}

/** A call that goes where its keys are. */
export const keyed = (...keys: string[]): Call =>
  callOf(['MGET', ...keys].join(' '), { keysOf: () => keys });

/** Writes down what a line tells. */
export const listening = (heard: string[]): LineListener => ({
  onAvailable: () => heard.push('available'),
  onUnavailable: ({ message }) => heard.push(`unavailable: ${message}`),
  onConnectFailed: ({ message }, refused) => heard.push(`failed: ${message} ${refused}`),
  onFree: () => heard.push('free'),
  onAbandoned: ({ message }) => heard.push(`abandoned: ${message}`),
  onDissolved: () => heard.push('dissolved'),
});
