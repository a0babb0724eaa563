import { createRequire } from 'node:module';
import { commandName } from '../../../src/commands/wire.ts';

const require = createRequire(import.meta.url);
const redis4 = createRequire(require.resolve('redis-4'));
const redis5 = createRequire(require.resolve('redis-5'));
const redis6 = createRequire(require.resolve('redis-6'));

/** Has every property that the methods of redis 4 insist on. */
const entry = {
  ...{ encoding: 'u8', offset: 0, longitude: 0, latitude: 0, member: 'm', radius: 1, unit: 'm' },
  ...{ score: 1, value: 1, start: 1, end: 1, item: 'i', incrementBy: 1, key: 'k', timestamp: 1 },
  protover: 2,
};

/** Argument lists of which one suits each method well enough to make it name its command. */
const attempts: unknown[][] = [
  ['a', 'b', 'c', 'd', 'e', 'f'],
  ['a', 1, 1, 1, 1, 1],
  ['a', ['b'], ['c'], ['d']],
  ['a', entry, entry],
  ['a', 'b', entry, entry],
  ['a', 'b', entry, ['c']],
  ['a', [entry]],
  [entry],
  [[entry]],
];

const modules = ['bloom', 'json', 'search', 'time-series'];

/** The names of all commands that the methods of a redis package send, by major. */
export const KNOWN: Record<4 | 5 | 6, Set<string>> = {
  4: namesIn([
    redis4('@redis/client/dist/lib/client/commands').default,
    ...[...modules, 'graph'].map((name) => redis4(`@redis/${name}/dist/commands`).default),
  ]),
  5: namesIn(commandMaps(redis5)),
  6: namesIn(commandMaps(redis6)),
};

interface Metadata {
  /** The server's own flags. */
  readonly flags?: string[];
  /** Which nodes of a cluster it goes to. */
  readonly request: string;
  readonly keySpecs?: readonly { readonly findKeys: { readonly keyStep: number } }[];
}

/** What redis 6 ships about each command, by command name. */
export const METADATA: Map<string, Metadata> = metadataIn(
  redis6('@redis/client/dist/lib/command-metadata').COMMAND_METADATA,
);

/** The server's own flags of each command. */
export const FLAGS = new Map<string, string[]>(
  [...METADATA].map(([command, { flags = [] }]) => [command, flags]),
);

function commandMaps(from: NodeJS.Require): unknown[] {
  return ['client', ...modules].map((name) => from(`@redis/${name}/dist/lib/commands`).default);
}

function namesIn(commands: unknown, names = new Set<string>()): Set<string> {
  for (const [method, command] of Object.entries(commands as Record<string, any>)) {
    if (!command.parseCommand && !command.transformArguments) namesIn(command, names);
    else names.add(nameOf(method, command));
  }
  return names;
}

function nameOf(method: string, command: any): string {
  for (const args of attempts) {
    const wire: any[] = [];
    const push = (...words: unknown[]): void => void wire.push(...words);
    const parser = new Proxy({}, { get: (_, name) => (name === 'push' ? push : ignore) });
    try {
      if (command.parseCommand) command.parseCommand(parser, ...args);
      else wire.push(...command.transformArguments(...args));
    } catch {
      // The name comes first, so what was pushed before the arguments failed to fit is enough.
    }
    if (wire.length > 0) return commandName(wire);
  }
  throw new Error(`no arguments suit ${method}`);
}

function ignore(): void {
  // Keys and lengths come after the name.
}

function metadataIn(metadata: Record<string, Record<string, any>>): Map<string, Metadata> {
  const all = new Map<string, Metadata>();
  for (const [module, commands] of Object.entries(metadata)) {
    for (const [name, { subcommands = {}, ...data }] of Object.entries(commands)) {
      const command = (module === 'std' ? name : `${module}.${name}`).toUpperCase();
      const inner = Object.entries<Metadata>(subcommands);
      if (inner.length === 0) all.set(command, data as Metadata);
      for (const [sub, ofSub] of inner) all.set(`${command} ${sub.toUpperCase()}`, ofSub);
    }
  }
  return all;
}
