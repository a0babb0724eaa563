import { kindOf, type ClientKind } from '../commands/kind.ts';
import { clusterConnections } from './cluster/connections.ts';
import type { Connections, ConnectionsParts } from './connections.ts';
import { singleConnections } from './single.ts';

/** How each kind of client is connected: the one place to add a kind. */
const KINDS: Readonly<Partial<Record<ClientKind, (parts: ConnectionsParts) => Connections>>> = {
  client: singleConnections,
  cluster: clusterConnections,
};

/** Makes the connections behind a client. @throws TypeError where its kind is not guarded */
export function connectionsOf(parts: ConnectionsParts): Connections {
  const kind = kindOf(parts.template);
  const connect = KINDS[kind];
  if (!connect) throw new TypeError(`Cannot wrap a ${kind}: it is not guarded in this version`);
  return connect(parts);
}
