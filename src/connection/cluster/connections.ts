import { addressOf } from '../address.ts';
import type { Connections, ConnectionsParts } from '../connections.ts';
import { Session } from '../session.ts';
import { Cluster } from './cluster.ts';
import { SeparateRouter } from './separate.ts';
import { Subscribers } from './subscribers.ts';

/** The connections of a cluster: to each node one, for messages others, and one for each blocking command. */
export function clusterConnections(parts: ConnectionsParts): Connections {
  const cluster = new Cluster(parts);
  const subscribers = new Subscribers(parts, cluster);
  return {
    line: cluster,
    shards: cluster,
    get router() {
      return cluster.connected?.routes.router.client;
    },
    nodeTemplate: (address) => cluster.connected?.routes.nodeTemplate(address),
    session: new Session(),
    address: cluster.options.rootNodes.map(addressOf).join(', '),
    separate: async (events) => {
      const roots = cluster.connected?.routes.roots ?? cluster.options.rootNodes;
      const within = AbortSignal.timeout(parts.settings.connection.connectMs);
      return new SeparateRouter(await cluster.discover(roots, within), events);
    },
    get inFlight() {
      return cluster.inFlight;
    },
    open: () => {
      cluster.open();
    },
    close: (reason, how) => {
      // In this order: sharded channels wait for their shards to come again.
      cluster.close(reason, how);
      subscribers.close(reason);
    },
    subscriber: (type, channel) => subscribers.for(type, channel),
    get isSubscribed() {
      return !subscribers.isEmpty;
    },
  };
}
