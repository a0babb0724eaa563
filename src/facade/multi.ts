import { invoke, type Method } from '../commands/client.ts';
import type { Operation, Target } from '../commands/operation.ts';
import { kindOf } from '../commands/kind.ts';
import { isKey, transcribe, type Transcript } from '../commands/transcribe.ts';
import { SESSION_COMMANDS } from '../connection/session.ts';
import { commandName } from '../commands/wire.ts';
import type { Guard } from './guard.ts';
import type { MemberGroup } from './member-group.ts';
import { mirror } from './mirror.ts';
import type { Perspective } from './parts.ts';

/** What a user asked of a transaction, one step each: `['set', ['k', 'v']]`, `['json.set', [...]]`. */
type Step = readonly [path: readonly string[], args: readonly unknown[]];

/** The methods that run a transaction; those of a pipeline send the commands without MULTI and EXEC. */
const RUNS = new Map<string, (args: readonly unknown[]) => boolean>([
  ['exec', (args) => args[0] === true],
  ['EXEC', (args) => args[0] === true],
  ['execTyped', (args) => args[0] === true],
  ['execAsPipeline', () => true],
  ['execAsPipelineTyped', () => true],
]);

/** A transaction as it was asked for. */
interface Recorded {
  /** What `multi()` was given: the key that tells a cluster where to run it. */
  readonly routing: readonly unknown[];
  readonly steps: readonly Step[];
}

export const transactions: MemberGroup = {
  treatment: 'guarded',
  has: (_client, name) => name === 'multi' || name === 'MULTI',
  make:
    ({ guard, perspective }) =>
    (...routing: unknown[]) =>
      recordedMulti(guard, perspective, routing),
};

const WATCH_LOST = 'The watch was lost with its connection: start the transaction again';

/**
 * A transaction that outlives connections: it records what is asked of it, and is built anew on the
 * connection that runs it. Running it is one call, however many commands it holds.
 */
export function recordedMulti(
  guard: Guard,
  perspective: Perspective,
  routing: readonly unknown[],
): object {
  const sample = invoke(guard.template, 'MULTI', ...routing) as object;
  const steps: Step[] = [];
  const multi: object = recorder(sample, [], (path) => {
    const [name = ''] = path;
    const isPipeline = path.length === 1 ? RUNS.get(name) : undefined;
    if (isPipeline) {
      const recorded = { routing, steps: [...steps] };
      return (...args) => run(guard, perspective, name, isPipeline(args), args, recorded);
    }
    return (...args) => {
      steps.push([path, args]);
      return multi;
    };
  });
  return multi;
}

function run(
  guard: Guard,
  perspective: Perspective,
  method: string,
  isPipeline: boolean,
  args: readonly unknown[],
  { routing, steps }: Recorded,
): Promise<unknown> {
  const transcript = (): Transcript =>
    transcribe(
      guard.template,
      (multi) => {
        replay(multi, steps);
      },
      routing,
    );
  const wires = () => transcript().wires;
  const operation: Operation = {
    name: isPipeline ? 'PIPELINE' : 'MULTI',
    script: false,
    wires,
    keysOf:
      kindOf(guard.template) === 'cluster'
        ? () => [transcript().firstKey].filter(isKey)
        : undefined,
    // EXEC ends a watch whatever comes of it; on another connection it would run unguarded.
    refusedBy: (target) => (isPipeline || guard.session.endWatch(target) ? undefined : WATCH_LOST),
    execute: (target: Target) => {
      const multi = invoke(target.clientFor(perspective.view), 'MULTI', ...routing);
      replay(multi, steps);
      return invoke(multi, method, ...args) as Promise<unknown>;
    },
    afterwards: changesSession(steps)
      ? (target) => {
          guard.noteSession(target, wires());
        }
      : undefined,
  };
  return guard.run(operation, [], perspective.policies.for(operation.name), perspective.signal);
}

function replay(multi: unknown, steps: readonly Step[]): void {
  for (const [path, args] of steps) {
    const method = path[path.length - 1] ?? '';
    const owner = path
      .slice(0, -1)
      .reduce<unknown>((at, name) => Reflect.get(at as object, name), multi);
    invoke(owner, method, ...args);
  }
}

function changesSession(steps: readonly Step[]): boolean {
  return steps.some(([[name = ''], [first]]) => {
    const command = Array.isArray(first) ? commandName(first) : name.toUpperCase();
    return SESSION_COMMANDS.has(command);
  });
}

/** Shows each method of the sample, and of its namespaces, as `show` has it. */
function recorder(
  sample: object,
  prefix: readonly string[],
  show: (path: readonly string[]) => Method,
): object {
  return mirror(
    sample,
    (name) => {
      const member: unknown = Reflect.get(sample, name);
      if (name === 'constructor') return member;
      if (typeof member === 'function') return show([...prefix, name]);
      return typeof member === 'object' && member !== null
        ? recorder(member, [...prefix, name], show)
        : member;
    },
    () => 'a recorded transaction',
  );
}
