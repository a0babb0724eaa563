import { methodOf, type AnyClient } from '../commands/client.ts';
import { isInternal } from '../commands/members.ts';
import type { MemberGroup } from './member-group.ts';

const OFF_THE_POOL = 'read off the pool, which is the one in use';

/** Every member that the client itself answers for, with the reason why it is not guarded. */
export const PASSED_BY: Readonly<Record<string, string>> = {
  constructor: 'tells the class',
  options: 'what every connection is made from',
  commandOptions:
    'marks an object as options of a command, redis 4; of a sentinel the options of all its commands',
  Multi: 'a class: what it builds is run by whoever makes it',
  clientSideCache: 'the cache that was given, which all connections share; redis 5 and 6',
  identity: 'what metrics of the package call a cluster, a pool or a sentinel; redis 5 and 6',
  idleClients: OFF_THE_POOL,
  clientsInUse: OFF_THE_POOL,
  totalClients: OFF_THE_POOL,
  tasksQueueLength: OFF_THE_POOL,
  isClosing: OFF_THE_POOL,
  use: 'lends a client of the sentinel itself, unguarded, since none can be made like it; redis 5',
  acquire: 'lends such a client until it is released; redis 5',
  v4: 'throws unless in legacyMode, which is refused; redis 4',
};

export const passedBy: MemberGroup = {
  treatment: 'passed-by',
  has: (_client, name) => Object.hasOwn(PASSED_BY, name),
  make({ guard: { template } }, name) {
    return OF_THE_ONE_IN_USE.has(name)
      ? methodOf(template, name)?.bind(template)
      : read(template, name);
  },
};

/** Methods that look into their client: the wrapper is none. */
const OF_THE_ONE_IN_USE: ReadonlySet<string> = new Set(['use', 'acquire']);

/** Inner workings are of one connection: what is data can be read, what is a method cannot be called. */
export const internals: MemberGroup = {
  treatment: 'internal',
  has: (client, name) => isInternal(name) && name in client,
  make({ guard, self }, name) {
    if (name === '_self') return self();
    const member = read(guard.template, name);
    return typeof member === 'function' ? refused(name) : member;
  },
};

/**
 * A member that no group knows: what a user has put onto the client stays, and so does data. A method that
 * a newer client brings is refused, since nobody has said yet what guards it.
 */
export function unknownMember(template: AnyClient, name: string): unknown {
  const member = read(template, name);
  const isForeign = typeof member === 'function' && !Object.hasOwn(template, name);
  return isForeign ? refused(name) : member;
}

const read = (template: AnyClient, name: string): unknown => Reflect.get(template, name, template);

function refused(name: string): () => never {
  return () => {
    throw new TypeError(`Cannot use ${name}() of a wrapped client: it is not guarded`);
  };
}
