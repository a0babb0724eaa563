import { invoke, methodOf, type AnyClient } from '../commands/client.ts';
import { slotOf } from '../commands/slot.ts';
import type { FacadeParts } from './parts.ts';

/** What a cluster tells of its nodes: read off whatever knows them at the moment. */
export const FACTS: ReadonlySet<string> = new Set([
  ...['slots', 'shards', 'masters', 'replicas', 'nodeByAddress'],
]);

/** The same as methods. */
const QUESTIONS: ReadonlySet<string> = new Set([
  ...['getRandomNode', 'getSlotRandomNode', 'getMasters', 'getSlotMaster'],
]);

/** A node as a cluster client tells of it. */
interface Node {
  readonly address: string;
}

/** The members by which a cluster shows its nodes, and hands out guarded clients of them. */
export function guardTopology(parts: FacadeParts, name: string): unknown {
  const { guard } = parts;
  const live = guard.connections.router ?? guard.template;
  if (FACTS.has(name)) return name in live ? Reflect.get(live, name, live) : undefined;
  if (!methodOf(guard.template, name)) return undefined;
  if (QUESTIONS.has(name)) {
    return (...args: unknown[]) => invoke(guard.connections.router ?? live, name, ...args);
  }
  if (name === 'nodeClient') return (node: Node) => clientOf(parts, node);
  if (name === 'getNodeClientForKey') {
    return (key: string | Buffer, isReadonly?: boolean) => {
      const slot = slotOf(key);
      const member = isReadonly === true ? 'getSlotRandomNode' : 'getSlotMaster';
      return clientOf(parts, invoke(guard.connections.router ?? live, member, slot) as Node);
    };
  }
  return undefined;
}

/** A guarded client of one node, with a connection and a circuit of its own; ends with the cluster. */
async function clientOf({ guard, wrap }: FacadeParts, node: Node): Promise<AnyClient> {
  let client = guard.nodeClients.get(node.address);
  if (!client) {
    const template = guard.connections.nodeTemplate?.(node.address);
    if (!template)
      throw new TypeError(
        `Cannot get a client of ${node.address}: it is no node of the cluster now`,
      );
    client = wrap(template, node.address);
    guard.nodeClients.set(node.address, client);
  }
  if (!client.isOpen) await client.connect();
  return client;
}
