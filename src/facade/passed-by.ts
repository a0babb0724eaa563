import type { AnyClient } from '../commands/client.ts';
import { isInternal } from '../commands/members.ts';
import type { MemberGroup } from './member-group.ts';

/** Every member that the client itself answers for, with the reason why nothing has to be guarded. */
export const PASSED_BY: Readonly<Record<string, string>> = {
  constructor: 'tells the class',
  options: 'what every connection is made from',
  commandOptions: 'marks an object as options of a command; redis 4',
  Multi: 'a class: what it builds is run by whoever makes it',
  clientSideCache: 'the cache that was given, which all connections share; redis 5 and 6',
  identity: 'what metrics of the package call a cluster; redis 5 and 6',
  v4: 'throws unless in legacyMode, which is refused; redis 4',
};

export const passedBy: MemberGroup = {
  treatment: 'passed-by',
  has: (_client, name) => Object.hasOwn(PASSED_BY, name),
  make: ({ guard }, name) => read(guard.template, name),
};

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
