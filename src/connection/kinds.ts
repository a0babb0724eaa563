import { kindOf, type ClientKind } from '../commands/kind.ts';
import type { Connect, Connections, ConnectionsParts } from './connections.ts';
import { poolConnections } from './pool/connections.ts';
import { sentinelConnections } from './sentinel/connections.ts';
import { singleConnections } from './single.ts';

/** How each kind of client is connected: the one place to add a kind. */
const KINDS: Readonly<Partial<Record<ClientKind, Connect>>> = {
  client: (parts) => singleConnections(parts),
  sentinel: sentinelConnections,
  pool: poolConnections,
};

/** Makes the connections behind a client. @throws TypeError where its kind is not guarded */
export function connectionsOf(parts: ConnectionsParts): Connections {
  const kind = kindOf(parts.template);
  const connect = KINDS[kind];
  if (!connect) throw new TypeError(`Cannot wrap a ${kind}: it is not guarded in this version`);
  return connect(parts);
}
