import { invoke, type AnyClient } from './client.ts';

/** Methods of a client that no transaction has, and the commands that they send. */
export const BESIDE_MULTI: ReadonlyMap<string, string> = new Map([
  ['SELECT', 'SELECT'],
  ['select', 'SELECT'],
  ['WATCH', 'WATCH'],
  ['watch', 'WATCH'],
  ['UNWATCH', 'UNWATCH'],
  ['unwatch', 'UNWATCH'],
  ['reset', 'RESET'],
  ['reAuthenticate', 'AUTH'],
  ['executeScript', 'EVALSHA'],
  ['executeFunction', 'FCALL'],
]);

/** What is a client's own business: it has a leading underscore, or is one of the helpers that lack it. */
export function isInternal(name: string): boolean {
  return /^_|Execut[eo]r$/.test(name) || HELPERS.has(name);
}

const HELPERS: ReadonlySet<string> = new Set([
  ...['resetIfDirty', 'resubscribeAllPubSubListeners'],
  // The timer of a pool, and what the package's own tests watch a sentinel with.
  ...['cleanupTimeout', 'setTracer'],
]);

/** What a transaction has that is no command. */
const NO_COMMANDS: ReadonlySet<string> = new Set([
  ...['constructor', 'addCommand', 'sendCommand', 'v4'],
  ...['exec', 'EXEC', 'execTyped', 'execAsPipeline', 'execAsPipelineTyped'],
]);

/** Which members of a client send a command. */
export interface CommandMembers {
  /** Methods of the client itself, in every spelling. */
  readonly commands: ReadonlySet<string>;
  /** Objects whose methods are commands: modules and libraries of functions. */
  readonly namespaces: ReadonlySet<string>;
}

/**
 * Reads the commands of a client off a transaction of it, which holds all of them, the user's scripts
 * and functions included: no list to maintain, and the same for every major.
 */
export function commandMembersOf(client: AnyClient): CommandMembers {
  const multi = invoke(client, 'MULTI') as object;
  const commands = new Set(['sendCommand', ...BESIDE_MULTI.keys()]);
  const namespaces = new Set<string>();
  for (const name of memberNames(multi)) {
    if (NO_COMMANDS.has(name) || isInternal(name)) continue;
    const member: unknown = Reflect.get(multi, name);
    if (typeof member === 'function') commands.add(name);
    else if (typeof member === 'object' && member !== null) namespaces.add(name);
  }
  return { commands, namespaces };
}

function memberNames(object: object): Set<string> {
  const names = new Set<string>();
  for (let at = object; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
  }
  return names;
}
