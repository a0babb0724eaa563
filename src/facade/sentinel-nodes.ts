import { methodOf } from '../commands/client.ts';
import { kindOf } from '../commands/kind.ts';
import type { SentinelNodes } from '../connection/connections.ts';
import type { MemberGroup } from './member-group.ts';

const QUESTIONS: Readonly<Record<string, (nodes: SentinelNodes) => unknown>> = {
  getMasterNode: ({ master }) => master,
  getSentinelNode: ({ sentinel }) => sentinel,
  getReplicaNodes: ({ replicas }) => replicas,
};

/** The members by which a sentinel tells where the servers are. */
export const sentinelNodes: MemberGroup = {
  treatment: 'carried',
  has: (client, name) =>
    kindOf(client) === 'sentinel' && Object.hasOwn(QUESTIONS, name) && name in client,
  make({ guard }, name) {
    const { connections, template } = guard;
    // Where it is kept and not replaced (redis 5), the sentinel that was given answers itself.
    if (!connections.nodes) return methodOf(template, name)?.bind(template);
    return () => connections.nodes && QUESTIONS[name]?.(connections.nodes);
  },
};
