import { kindOf, type ClientKind } from '../commands/kind.ts';
import { clusterConnections } from './cluster/connections.ts';
import type { Connect, Connections, ConnectionsParts } from './connections.ts';
import { poolConnections } from './pool/connections.ts';
import { sentinelConnections } from './sentinel/connections.ts';
import { singleConnections } from './single.ts';

/** How each kind of client is connected. What its members take and mean is decided in `facade` and `commands`. */
const KINDS: Readonly<Record<ClientKind, Connect>> = {
  client: (parts) => singleConnections(parts),
  cluster: clusterConnections,
  sentinel: sentinelConnections,
  pool: poolConnections,
};

/** Makes the connections behind a client. @throws TypeError where an option does not go with its kind */
export function connectionsOf(parts: ConnectionsParts): Connections {
  return KINDS[kindOf(parts.template)](parts);
}
