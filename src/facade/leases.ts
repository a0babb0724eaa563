import { invoke, methodOf, type AnyClient, type Method } from '../commands/client.ts';
import type { Operation } from '../commands/operation.ts';
import { kindOf } from '../commands/kind.ts';
import type { MemberGroup } from './member-group.ts';
import type { FacadeParts } from './parts.ts';

type Member = (parts: FacadeParts) => Method | undefined;

/** How a sentinel that is made anew lends out clients, and looks at all keys of one. */
const OF_SENTINELS: Readonly<Record<string, Member>> = {
  use: (parts) => async (run) => {
    const leased = await lease(parts);
    try {
      return await (run as (client: AnyClient) => unknown)(leased);
    } finally {
      leased.release();
    }
  },
  acquire: (parts) => () => lease(parts),
  scanIterator: ({ guard, self }) => {
    const method = methodOf(guard.template, 'scanIterator');
    // The sentinel's own, which knows that a cursor ends with its master; its pages are guarded calls.
    const page = {
      value: (_readonly: boolean, ask: (client: AnyClient) => unknown) => ask(self()),
    };
    return method && ((...args) => method.apply(Object.create(self(), { _execute: page }), args));
  },
};

/**
 * Members by which a pool or a sentinel lends out clients. The sentinel of redis 5 lends its own ones,
 * since none can be made as it makes them.
 */
export const leases: MemberGroup = {
  treatment: 'guarded',
  has(client, name) {
    const kind = kindOf(client);
    if (kind === 'pool') return name === 'execute';
    const isMadeAnew = kind === 'sentinel' && 'duplicate' in client;
    return isMadeAnew && Object.hasOwn(OF_SENTINELS, name) && name in client;
  },
  make: (parts, name) => (name === 'execute' ? lend(parts) : OF_SENTINELS[name]?.(parts)),
};

/**
 * A function that has a member of the pool to itself is one call: it waits for a member like any other,
 * and has as much time as a whole call; then the member gets another socket, which ends what it waits
 * for. It is never run twice.
 */
function lend({ guard, perspective }: FacadeParts): Method {
  return async (run) => {
    // What the function throws is its own affair, and no failure of the call.
    const own = async (member: AnyClient): Promise<Ended> => {
      try {
        const value = await (run as (client: AnyClient) => unknown)(member);
        return new Ended(() => value);
      } catch (error) {
        return new Ended(() => {
          throw error;
        });
      }
    };
    const operation: Operation = {
      name: 'EXECUTE',
      script: false,
      replayClass: 'unsafe',
      execute: (target) =>
        invoke(target.clientFor(perspective.view), 'execute', own) as Promise<unknown>,
      wires: () => [['EXECUTE']],
    };
    const policy = { ...perspective.policies.for(operation.name), attemptMs: Infinity };
    const ended = await guard.run(operation, [], policy, perspective.signal);
    // A fallback answers with a value of its own.
    return ended instanceof Ended ? ended.settle() : ended;
  };
}

/** How a function that had a member to itself came to its end. */
class Ended {
  /** Returns or throws what the function did. */
  readonly settle: () => unknown;

  constructor(settle: () => unknown) {
    this.settle = settle;
  }
}

type Leased = AnyClient & { release(): void };

/** A guarded client that shares its connection with nobody, so that WATCH is safe; the user ends it. */
async function lease({ guard, wrap }: FacadeParts): Promise<Leased> {
  const { lease: made } = guard.connections;
  if (!made) throw new TypeError('Cannot lease a client of this kind');
  const client = wrap(made.template.duplicate(), 'lease', made.connect);
  const release = () => {
    forget();
    methodOf(client, 'destroy')?.call(client);
  };
  const forget = guard.line.listen({
    onAbandoned: () => {
      if (!guard.line.isOpen) release();
    },
  });
  try {
    await client.connect();
  } catch (error) {
    release();
    throw error;
  }
  // Beside the client's own members, which the prototype answers for.
  return Object.create(client, { release: { value: release } }) as Leased;
}
