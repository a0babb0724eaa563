import { commandMembersOf, type CommandMembers } from '../commands/members.ts';
import { methodOf, type AnyClient, type Method } from '../commands/client.ts';
import { guardCommand } from './commands.ts';
import { controlsOf } from './controls.ts';
import { emitterMethod } from './emitter.ts';
import type { Guard } from './guard.ts';
import { leases } from './leases.ts';
import { guardLifecycle } from './lifecycle.ts';
import { mirror } from './mirror.ts';
import { recordedMulti } from './multi.ts';
import type { FacadeParts } from './parts.ts';
import { guardPubSub } from './pubsub.ts';
import { FACTS, guardTopology } from './topology.ts';
import { guardView } from './views.ts';

/** One group of members; undefined where a name is not of the group. */
type MemberGroup = (parts: FacadeParts, name: string) => unknown;

/** Every member of a client, by group: the first group that knows a name answers. */
const GROUPS: readonly MemberGroup[] = [
  (parts, name) => (name === 'resilience' ? controlsOf(parts) : undefined),
  (parts, name) => (name === 'toJSON' ? () => ({ ...describe(parts.guard) }) : undefined),
  guardLifecycle,
  emitterMethod,
  guardPubSub,
  leases,
  guardView,
  ({ guard, perspective }, name) =>
    name === 'multi' || name === 'MULTI'
      ? (...routing: unknown[]) => recordedMulti(guard, perspective, routing)
      : undefined,
  guardTopology,
  iteratorMethod,
  commandMethod,
  namespaceOf,
  otherMember,
];

/** The facade that users hold: their client, guarded. */
export function createFacade(parts: FacadeParts): AnyClient {
  const { guard } = parts;
  return mirror(
    guard.template,
    (name) => {
      for (const group of GROUPS) {
        const member = group(parts, name);
        if (member !== undefined) return member;
      }
      return undefined;
    },
    () => describe(guard),
    FACTS,
  );
}

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

/** Iterators run on the wrapper: each page is a guarded call, and they remain async iterables. */
function iteratorMethod({ guard, self }: FacadeParts, name: string): unknown {
  const method = name.endsWith('Iterator') ? methodOf(guard.template, name) : undefined;
  return method && ((...args: unknown[]) => method.apply(self(), args));
}

function commandMethod({ guard, perspective }: FacadeParts, name: string): unknown {
  const known = commandsOf(guard).commands.has(name) && methodOf(guard.template, name);
  return known ? guardCommand(guard, perspective, [name]) : undefined;
}

function namespaceOf({ guard, perspective }: FacadeParts, name: string): unknown {
  if (!commandsOf(guard).namespaces.has(name)) return undefined;
  const namespace = Reflect.get(guard.template, name) as object;
  return mirror(
    namespace,
    (method) => {
      const member: unknown = Reflect.get(namespace, method);
      return typeof member === 'function' && method !== 'constructor'
        ? guardCommand(guard, perspective, [name, method])
        : undefined;
    },
    () => `guarded commands of ${name}`,
  );
}

/** Constants, options and helpers, which need no connection. */
function otherMember({ guard, self }: FacadeParts, name: string): unknown {
  const member: unknown = Reflect.get(guard.template, name, guard.template);
  if (name === '_self') return self();
  if (typeof member !== 'function' || name === 'constructor' || name === 'Multi') return member;
  return (...args: unknown[]) => (member as Method).apply(guard.template, args);
}

const members = new WeakMap<Guard, CommandMembers>();

function commandsOf(guard: Guard): CommandMembers {
  let known = members.get(guard);
  if (!known) members.set(guard, (known = commandMembersOf(guard.template)));
  return known;
}
