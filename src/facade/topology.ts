import { invoke, type AnyClient } from '../commands/client.ts';
import { slotOf } from '../commands/slot.ts';
import type { Guard } from './guard.ts';
import type { MemberGroup } from './member-group.ts';
import type { FacadeParts } from './parts.ts';

/** A node as a cluster client tells of it. */
interface Node {
  readonly address: string;
}

type Question = (parts: FacadeParts, args: readonly unknown[]) => unknown;

/** What a cluster tells of its nodes; it changes, so it is looked up each time. */
export const FACTS: ReadonlySet<string> = new Set([
  ...['slots', 'shards', 'masters', 'replicas', 'nodeByAddress', 'pubSubNode'],
]);

const answer =
  (name: string): Question =>
  ({ guard }, args) =>
    invoke(knower(guard), name, ...args);

/** The same as methods, and those that hand out clients of nodes. */
const QUESTIONS: Readonly<Record<string, Question>> = {
  getRandomNode: answer('getRandomNode'),
  getSlotRandomNode: answer('getSlotRandomNode'),
  getMasters: answer('getMasters'),
  getSlotMaster: answer('getSlotMaster'),
  nodeClient: (parts, [node]) => clientOf(parts, node as Node),
  getNodeClientForKey(parts, [key, isReadonly]) {
    const question = isReadonly === true ? 'getSlotRandomNode' : 'getSlotMaster';
    const node = invoke(knower(parts.guard), question, slotOf(key as string | Buffer));
    return clientOf(parts, node as Node);
  },
};

/** The members by which a cluster shows its nodes, read off whatever knows them at the moment. */
export const topology: MemberGroup = {
  treatment: 'carried',
  has: (client, name) =>
    'nodeByAddress' in client &&
    (FACTS.has(name) || Object.hasOwn(QUESTIONS, name)) &&
    name in client,
  make(parts, name) {
    if (FACTS.has(name)) {
      const client = knower(parts.guard);
      const fact: unknown = Reflect.get(client, name, client);
      return fact;
    }
    return (...args: unknown[]) => QUESTIONS[name]?.(parts, args);
  },
};

const knower = ({ connections, template }: Guard): AnyClient => connections.router ?? template;

/** A guarded client of one node, with a connection and a circuit of its own; ends with the cluster. */
async function clientOf({ guard, wrap }: FacadeParts, node: Node): Promise<AnyClient> {
  let client = guard.nodeClients.get(node.address);
  if (!client) {
    const template = guard.connections.nodeTemplate?.(node.address);
    if (!template) {
      throw new TypeError(`Cannot give a client of ${node.address}: it is no node of the cluster`);
    }
    client = wrap(template, node.address);
    guard.nodeClients.set(node.address, client);
  }
  if (!client.isOpen) await client.connect();
  return client;
}
