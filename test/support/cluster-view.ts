import { fieldsOf } from './redis-server.ts';
import type { RedisServer } from './redis-server.ts';
import { textOf } from './resp.ts';

/** A node of a cluster, as one node sees it. */
export interface NodeView {
  id: string;
  port: number;
  flags: string[];
  masterId: string;
  epoch: number;
  slots: [from: number, to: number][];
}

/** What one node knows of its cluster. */
export interface ClusterView {
  state: string;
  slotsAssigned: number;
  self: NodeView;
  nodes: NodeView[];
}

const slotCount = 16_384;

/** Asks a node; bounded, since a frozen one answers nothing. */
export async function viewOf(server: RedisServer): Promise<ClusterView> {
  const commands = [
    ['CLUSTER', 'NODES'],
    ['CLUSTER', 'INFO'],
  ];
  const [lines, report] = await server.pipeline(commands, 1_000);
  const nodes = textOf(lines).trim().split('\n').map(nodeOf);
  const self = nodes.find(({ flags }) => flags.includes('myself'));
  if (!self) throw new Error(`port ${server.port} does not know itself: ${textOf(lines)}`);
  const info = fieldsOf(textOf(report));
  return {
    state: info['cluster_state'] ?? '',
    slotsAssigned: Number(info['cluster_slots_assigned']),
    self,
    nodes,
  };
}

/** Whether this node serves all slots and knows that many nodes, all of them well. */
export function isSettled({ state, slotsAssigned, nodes }: ClusterView, size: number): boolean {
  const unwell = ['fail', 'fail?', 'handshake', 'noaddr'];
  return (
    state === 'ok' &&
    slotsAssigned === slotCount &&
    nodes.length === size &&
    !nodes.some(({ flags }) => flags.some((flag) => unwell.includes(flag)))
  );
}

/** Whether the node holds the slot, as far as this view goes. */
export function holds({ flags, slots }: NodeView, slot: number): boolean {
  return flags.includes('master') && slots.some(([from, to]) => from <= slot && slot <= to);
}

/** Cuts all slots into that many ranges of about the same size. */
export function slotRanges(count: number): [from: number, to: number][] {
  const start = (index: number) => Math.round((index * slotCount) / count);
  return Array.from({ length: count }, (_, index) => [start(index), start(index + 1) - 1]);
}

function nodeOf(line: string): NodeView {
  const [id = '', address = '', flags = '', masterId = '', , , epoch, , ...slots] = line.split(' ');
  return {
    id,
    port: Number(/:(\d+)@/.exec(address)?.[1]),
    flags: flags.split(','),
    masterId,
    epoch: Number(epoch),
    // In brackets stands what is on its way to another node.
    slots: slots.filter((range) => !range.startsWith('[')).map(rangeOf),
  };
}

function rangeOf(range: string): [from: number, to: number] {
  const [from, to = from] = range.split('-').map(Number);
  return [from ?? NaN, to ?? NaN];
}
