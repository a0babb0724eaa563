import { blockingTimeoutMs, POSSIBLY_BLOCKING } from '../commands/blocking.ts';
import { invoke, isMajor4, type AnyClient, type Method } from '../commands/client.ts';
import type { Operation } from '../commands/operation.ts';
import { kindOf } from '../commands/kind.ts';
import { routingKeys } from '../commands/routing.ts';
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
  let known: { operation: Operation; policy: CallPolicy } | undefined;
  return (...given) => {
    const { args, signal } = withoutSignal(guard.template, given);
    if (!known) {
      const operation = methodOperation(guard, perspective, path, args);
      known = { operation, policy: perspective.policies.for(operation.name) };
    }
    const { operation, policy } = known;
    const wanted = POSSIBLY_BLOCKING.has(operation.name)
      ? blockingPolicy(perspective, operation, policy, operation.wires(args))
      : policy;
    return guard.run(operation, args, wanted, signal ?? perspective.signal, perspective.strict);
  };
}

/** Guards commands given as they go over the wire; each call says anew which command it is. */
function guardSendCommand(guard: Guard, perspective: Perspective): Method {
  const known = new Map<string, Operation>();
  return (...given) => {
    const { args, signal } = withoutSignal(guard.template, given);
    const wire = wireOf(args);
    const name = commandName(wire);
    let operation = known.get(name);
    if (!operation) known.set(name, (operation = rawOperation(guard, perspective, name)));
    const policy = perspective.policies.for(name);
    const wanted = POSSIBLY_BLOCKING.has(name)
      ? blockingPolicy(perspective, operation, policy, [wire])
      : policy;
    return guard.run(operation, args, wanted, signal ?? perspective.signal, perspective.strict);
  };
}

function rawOperation(guard: Guard, { view }: Perspective, name: string): Operation {
  return {
    name,
    script: isScript(name),
    execute: (target, args) => {
      const client = target.clientFor(view);
      // A sentinel is told first whether a replica will do; a connection to its master is not.
      const [first, ...rest] = args;
      const own = typeof first === 'boolean' && kindOf(client) === 'client' ? rest : args;
      return invoke(client, 'sendCommand', ...own) as Promise<unknown>;
    },
    wires: (args) => [wireOf(args)],
    // A cluster is told the key first: sendCommand(firstKey, isReadonly, args).
    keysOf: ([key]) => (isKey(key) ? [key] : []),
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
  const wires = (args: readonly unknown[]): readonly Wire[] =>
    SESSION_METHODS.has(first)
      ? [[first.toUpperCase(), ...args.flat().map(String)]]
      : transcript(args).wires;
  const [wire] = wires(sample);
  const name = wire ? commandName(wire) : path.join('.').toUpperCase();
  const readOnlyScript =
    second === undefined && template.options?.scripts?.[first]?.IS_READ_ONLY === true;
  return {
    name,
    script: isScript(name),
    replayClass: readOnlyScript ? 'read' : undefined,
    execute: (target, args) => callOn(target.clientFor(view), path, args) as Promise<unknown>,
    wires,
    keysOf: kindOf(template) === 'cluster' ? routingKeys(template, transcript) : undefined,
    afterwards: afterwardsOf(guard, name, wires),
  };
}

/** Commands that are methods of the client only, so that no transaction can tell what they send. */
const SESSION_METHODS: ReadonlySet<string> = new Set([
  'select',
  'SELECT',
  'watch',
  'WATCH',
  'unwatch',
  'UNWATCH',
]);

function afterwardsOf(
  guard: Guard,
  name: string,
  wires: Operation['wires'],
): Operation['afterwards'] {
  if (!SESSION_COMMANDS.has(name)) return undefined;
  return (target, args) => {
    guard.noteSession(target, wires(args));
  };
}

function blockingPolicy(
  { policies }: Perspective,
  operation: Operation,
  policy: CallPolicy,
  wires: readonly Wire[],
): CallPolicy {
  const ownTimeoutMs = wires[0] && blockingTimeoutMs(wires[0]);
  return ownTimeoutMs === undefined ? policy : policies.blocking(operation.name, ownTimeoutMs);
}

function callOn(client: unknown, [first, second]: Path, args: readonly unknown[]): unknown {
  return second === undefined
    ? invoke(client, first, ...args)
    : invoke(Reflect.get(client as object, first), second, ...args);
}

const isScript = (name: string): boolean => /^(EVAL|EVALSHA|FCALL)/.test(name);

/** The arguments of `sendCommand`, which on redis 4 may come behind an options object. */
function wireOf(args: readonly unknown[]): Wire {
  const wire = args.find(Array.isArray);
  return (wire ?? []) as Wire;
}

/** Redis 4 marks the options that may come before a command's own arguments with a symbol of its own. */
function isCommandOptions(value: unknown): value is { signal?: AbortSignal } {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.getOwnPropertySymbols(value).some(({ description }) => description === 'Command Options')
  );
}

const withoutOptions = (args: readonly unknown[]): readonly unknown[] =>
  isCommandOptions(args[0]) ? args.slice(1) : args;

/** Takes the caller's signal for ourselves: aborting a command of redis 4 corrupts the client's queue. */
function withoutSignal(
  template: AnyClient,
  args: readonly unknown[],
): { args: readonly unknown[]; signal: AbortSignal | undefined } {
  if (!isMajor4(template)) return { args, signal: undefined };
  const index = args.findIndex((argument) => typeof argument === 'object' && hasSignal(argument));
  if (index < 0) return { args, signal: undefined };
  const { signal, ...rest } = args[index] as { signal: AbortSignal };
  return { args: args.with(index, rest), signal };
}

function hasSignal(argument: unknown): boolean {
  return (argument as { signal?: unknown } | null)?.signal instanceof AbortSignal;
}
