import { methodOf, type AnyClient } from '../commands/client.ts';
import { commandMembersOf, type CommandMembers } from '../commands/members.ts';
import { guardCommand } from './commands.ts';
import type { MemberGroup } from './member-group.ts';
import { mirror } from './mirror.ts';

/** Commands, in both spellings, with the user's scripts. */
export const commands: MemberGroup = {
  treatment: 'guarded',
  has: (client, name) =>
    membersOf(client).commands.has(name) && methodOf(client, name) !== undefined,
  make: ({ guard, perspective }, name) => guardCommand(guard, perspective, [name]),
};

/** Modules and libraries of functions: objects whose methods are commands. */
export const namespaces: MemberGroup = {
  treatment: 'guarded',
  has: (client, name) => membersOf(client).namespaces.has(name),
  make({ guard, perspective }, name) {
    const namespace = Reflect.get(guard.template, name) as object;
    return mirror(
      namespace,
      (method) =>
        method !== 'constructor' && methodOf(namespace, method)
          ? guardCommand(guard, perspective, [name, method])
          : undefined,
      () => `guarded commands of ${name}`,
    );
  },
};

/** Iterators run on the wrapper: each page is a guarded call, and they remain async iterables. */
export const iterators: MemberGroup = {
  treatment: 'guarded',
  has: (client, name) => name.endsWith('Iterator') && methodOf(client, name) !== undefined,
  make:
    ({ guard, self }, name) =>
    (...args: unknown[]) =>
      methodOf(guard.template, name)?.apply(self(), args),
};

const known = new WeakMap<AnyClient, CommandMembers>();

function membersOf(client: AnyClient): CommandMembers {
  let members = known.get(client);
  if (!members) known.set(client, (members = commandMembersOf(client)));
  return members;
}
