import type { AnyClient } from '../commands/client.ts';
import { commands, iterators, namespaces } from './command-groups.ts';
import { controlsOf } from './controls.ts';
import { emitter } from './emitter.ts';
import type { Guard } from './guard.ts';
import { leases } from './leases.ts';
import { lifecycle } from './lifecycle.ts';
import type { MemberGroup, Treatment } from './member-group.ts';
import { mirror } from './mirror.ts';
import { transactions } from './multi.ts';
import { offspring } from './offspring.ts';
import type { FacadeParts } from './parts.ts';
import { internals, passedBy, unknownMember } from './passed-by.ts';
import { pubSub } from './pubsub.ts';
import { sentinelNodes } from './sentinel-nodes.ts';
import { FACTS, topology } from './topology.ts';
import { views } from './views.ts';

/** Every member of a client; the first group that has a name answers for it. */
const GROUPS: readonly MemberGroup[] = [
  lifecycle,
  emitter,
  pubSub,
  leases,
  offspring,
  views,
  transactions,
  iterators,
  commands,
  namespaces,
  topology,
  sentinelNodes,
  passedBy,
  internals,
];

/** The facade that users hold: their client, guarded. */
export function createFacade(parts: FacadeParts): AnyClient {
  const { template } = parts.guard;
  return mirror(
    template,
    (name) => {
      if (name === 'resilience') return controlsOf(parts);
      if (name === 'toJSON') return () => ({ ...describe(parts.guard) });
      const group = groupOf(template, name);
      return group ? group.make(parts, name) : unknownMember(template, name);
    },
    () => describe(parts.guard),
    FACTS,
  );
}

/** What becomes of a member of a client when it is wrapped; undefined where no group knows it. */
export function treatmentOf(client: AnyClient, name: string): Treatment | undefined {
  return groupOf(client, name)?.treatment;
}

const groupOf = (client: AnyClient, name: string): MemberGroup | undefined =>
  GROUPS.find((group) => group.has(client, name));

/** What may be printed of a client: its options hold passwords. */
function describe(guard: Guard): object {
  const { circuits } = guard.pipelines;
  return {
    client: guard.settings.name,
    mode: guard.mode,
    circuit: guard.settings.breaker ? circuits.state : 'off',
    ready: guard.line.available !== undefined,
  };
}
