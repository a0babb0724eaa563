import { blockingTimeoutMs, POSSIBLY_BLOCKING } from '../commands/blocking.ts';
import { invoke, isMajor4, type Method } from '../commands/client.ts';
import { BESIDE_MULTI } from '../commands/members.ts';
import type { Operation } from '../commands/operation.ts';
import { replayClassOfAny } from '../commands/replay.ts';
import { kindOf } from '../commands/kind.ts';
import { routingKeys, wireKeys } from '../commands/routing.ts';
import { isKey, transcribe, type Transcript } from '../commands/transcribe.ts';
import { commandName, type Wire } from '../commands/wire.ts';
import { SESSION_COMMANDS } from '../connection/session.ts';
import type { CallPolicy } from '../options/settings.ts';
import type { Guard } from './guard.ts';
import type { Perspective } from './parts.ts';

/** Commands that the members of a client lead to: `['get']`, `['json', 'get']`. */
export type Path = readonly [string] | readonly [namespace: string, method: string];

/** Guards the command behind a member of the client. */
export function guardCommand(guard: Guard, perspective: Perspective, path: Path): Method {
  const method = path[path.length - 1];
  if (method === 'sendCommand') return guardSendCommand(guard, perspective);
  const mayHaveOptions = isMajor4(guard.template);
  let known: Operation | undefined;
  return (...given) => {
    // By index, here and below: to take an array apart costs more, and this is on every command's way.
    const first = given[0];
    const own = mayHaveOptions && isCommandOptions(first) ? takeOptions(given, first) : undefined;
    const args = own?.args ?? given;
    if (known) return run(guard, perspective, known, args, own);
    const operation = methodOperation(guard, perspective, path, args);
    // Arguments that the client refuses do not tell which command it was.
    if (operation.wires(args).length > 0) known = operation;
    return run(guard, perspective, operation, args, own);
  };
}

/** Guards commands given as they go over the wire; each call says anew which command it is. */
function guardSendCommand(guard: Guard, perspective: Perspective): Method {
  const known = new Map<string, Operation>();
  return (...given) => {
    const options = given.find(isPlain);
    const own = options && takeOptions(given, options);
    const args = own?.args ?? given;
    const name = commandName(wireOf(args));
    let operation = known.get(name);
    if (!operation) known.set(name, (operation = rawOperation(guard, perspective, name)));
    return run(guard, perspective, operation, args, own);
  };
}

function run(
  guard: Guard,
  perspective: Perspective,
  operation: Operation,
  args: readonly unknown[],
  own: OwnOptions | undefined,
): Promise<unknown> {
  const policy = policyOf(perspective, operation, args);
  // Where redis 4 would take a connection out of a pool of its own, which nothing watches.
  const wanted = own?.isolated ? { ...policy, blocking: true, maxAttempts: 1 } : policy;
  const signal = own?.signal ?? perspective.signal;
  return guard.run(operation, args, wanted, signal, perspective.strict);
}

function rawOperation(guard: Guard, { view }: Perspective, name: string): Operation {
  return {
    name,
    script: isScript(name),
    replayClass: replayClassOfAny(name),
    execute: (target, args) => {
      const client = target.clientFor(view);
      // A sentinel is told first whether a replica will do; a connection to its master is not.
      const [first, ...rest] = args;
      const own = typeof first === 'boolean' && kindOf(client) === 'client' ? rest : args;
      return invoke(client, 'sendCommand', ...own) as Promise<unknown>;
    },
    wires: (args) => [wireOf(args)],
    // A cluster is told the key first: sendCommand(firstKey, isReadonly, args).
    keysOf: (args) => {
      const [key] = args;
      return wireKeys(guard.template, wireOf(args), isKey(key) ? key : undefined);
    },
    afterwards: afterwardsOf(guard, name, (args) => [wireOf(args)]),
  };
}

function methodOperation(
  guard: Guard,
  { view }: Perspective,
  path: Path,
  sample: readonly unknown[],
): Operation {
  const [first, second] = path;
  const { template } = guard;
  const transcript = (args: readonly unknown[]): Transcript =>
    transcribe(template, (multi) => callOn(multi, path, withoutOptions(args)));
  const beside = second === undefined ? BESIDE_MULTI.get(first) : undefined;
  const wires = (args: readonly unknown[]): readonly Wire[] =>
    beside === undefined ? transcript(args).wires : [[beside, ...withoutOptions(args).map(String)]];
  const [wire] = wires(sample);
  const name = wire ? commandName(wire) : path.join('.').toUpperCase();
  const readOnlyScript =
    second === undefined && template.options?.scripts?.[first]?.IS_READ_ONLY === true;
  return {
    name,
    script: isScript(name),
    replayClass: readOnlyScript ? 'read' : replayClassOfAny(name),
    execute: (target, args) => callOn(target.clientFor(view), path, args) as Promise<unknown>,
    wires,
    keysOf: kindOf(template) === 'cluster' ? routingKeys(template, transcript) : undefined,
    afterwards: afterwardsOf(guard, name, wires),
  };
}

function afterwardsOf(
  guard: Guard,
  name: string,
  wires: Operation['wires'],
): Operation['afterwards'] {
  if (!SESSION_COMMANDS.has(name)) return undefined;
  return (target, args) => {
    guard.noteSession(target, wires(args));
    if (name === 'RESET') guard.connections.subscriber('CHANNELS').subscriptions.clear();
  };
}

function policyOf(
  { policies }: Perspective,
  operation: Operation,
  args: readonly unknown[],
): CallPolicy {
  const { name } = operation;
  if (!POSSIBLY_BLOCKING.has(name)) return policies.for(name);
  const [wire] = operation.wires(args);
  const ownTimeoutMs = wire && blockingTimeoutMs(wire);
  return ownTimeoutMs === undefined ? policies.for(name) : policies.blocking(name, ownTimeoutMs);
}

function callOn(client: unknown, path: Path, args: readonly unknown[]): unknown {
  const second = path[1];
  return second === undefined
    ? invoke(client, path[0], ...args)
    : invoke(Reflect.get(client as object, path[0]), second, ...args);
}

const isScript = (name: string): boolean => /^(EVAL|EVALSHA|FCALL)/.test(name);

/** The arguments of `sendCommand`, which on redis 4 may come behind an options object. */
function wireOf(args: readonly unknown[]): Wire {
  const wire = args.find(Array.isArray);
  return (wire ?? []) as Wire;
}

interface CommandOptions {
  /** Redis 4. */
  readonly signal?: AbortSignal;
  /** Redis 5 and 6. */
  readonly abortSignal?: AbortSignal;
  readonly isolated?: boolean;
}

/** Redis 4 marks the options that may come before a command's own arguments with a symbol of its own. */
function isCommandOptions(value: unknown): value is CommandOptions {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.getOwnPropertySymbols(value).some(({ description }) => description === 'Command Options')
  );
}

/** Beside words, alone or in an array, `sendCommand` takes options only. */
function isPlain(value: unknown): value is CommandOptions {
  const isWord = value instanceof Uint8Array || Array.isArray(value);
  return typeof value === 'object' && value !== null && !isWord;
}

const withoutOptions = (args: readonly unknown[]): readonly unknown[] =>
  isCommandOptions(args[0]) ? args.slice(1) : args;

/** What of a command's options is ours to see to, and the arguments without that. */
interface OwnOptions {
  readonly args: readonly unknown[];
  readonly signal?: AbortSignal | undefined;
  readonly isolated?: boolean | undefined;
}

/**
 * Takes out of a command's options what is not for the client: aborting a command corrupts the queue of
 * redis 4 and of some 5 and 6, and a connection of its own is ours to make.
 */
function takeOptions(args: readonly unknown[], options: CommandOptions): OwnOptions {
  const { signal, abortSignal = signal, isolated, ...rest } = options;
  return { args: args.with(args.indexOf(options), rest), signal: abortSignal, isolated };
}
