import { invoke, type AnyClient } from '../commands/client.ts';
import { kindOf, type ClientKind } from '../commands/kind.ts';
import { asHandshakeFailure } from '../connection/handshake.ts';
import { failure, type Failure } from '../failures/failure.ts';
import { toError } from '../failures/to-error.ts';
import type { Guard } from './guard.ts';
import type { MemberGroup } from './member-group.ts';
import type { FacadeParts } from './parts.ts';

type LifecycleMethod = (parts: FacadeParts) => (...args: unknown[]) => unknown;

/** The members that begin and end a client's life; they pass the layers by, or nobody could shut down. */
const METHODS: Readonly<Record<string, LifecycleMethod>> = {
  connect:
    ({ guard, self }) =>
    () =>
      connect(guard).then(self),
  quit:
    ({ guard }) =>
    async () => {
      await close(guard, 'QUIT');
      return 'OK';
    },
  close:
    ({ guard }) =>
    () =>
      close(guard, 'CLOSE'),
  disconnect:
    ({ guard }) =>
    () => {
      guard.destroy();
      return Promise.resolve();
    },
  destroy:
    ({ guard }) =>
    () => {
      guard.destroy();
    },
  ref:
    ({ guard }) =>
    () => {
      guard.connections.reference?.(true);
    },
  unref:
    ({ guard }) =>
    () => {
      guard.connections.reference?.(false);
    },
  setDirtyWatch:
    ({ guard }) =>
    (reason) => {
      const client = guard.connections.current?.client;
      if (client) invoke(client, 'setDirtyWatch', reason);
    },
};

/** The members that tell the state of the wrapper's own connection. */
const STATES: Readonly<Record<string, (guard: Guard) => unknown>> = {
  isOpen: (guard) => guard.isOpen,
  isReady: (guard) => guard.line.available !== undefined,
  isPubSubActive: (guard) => guard.connections.isSubscribed,
  socketEpoch: ({ connections }) => connections.current?.id ?? 0,
  isWatching: (guard) => present(guard)['isWatching'] === true,
  isDirtyWatch: (guard) => present(guard)['isDirtyWatch'] === true,
};

/** The client of the present connection; the template while there is none. */
function present({ connections, template }: Guard): AnyClient & Record<string, unknown> {
  return (connections.current?.client ?? template) as AnyClient & Record<string, unknown>;
}

export const lifecycle: MemberGroup = {
  treatment: 'carried',
  has: (client, name) =>
    (Object.hasOwn(METHODS, nameOf(name)) || Object.hasOwn(STATES, name)) && name in client,
  make: (parts, name) => STATES[name]?.(parts.guard) ?? METHODS[nameOf(name)]?.(parts),
};

const nameOf = (member: string): string => (member === 'QUIT' ? 'quit' : member);

/** What each kind says when it is connected a second time; a pool lets it pass. */
const OPEN_ALREADY: Readonly<Partial<Record<ClientKind, string>>> = {
  client: 'Socket already opened',
  cluster: 'Cluster already open',
  sentinel: 'already attempting to open',
};

/** Resolves with the first ready connection; rejects with what went wrong, and goes on trying. */
async function connect(guard: Guard): Promise<void> {
  const { line, connections, settings, template } = guard;
  if (line.available) {
    // The client's own words.
    const refusal = OPEN_ALREADY[kindOf(template)];
    if (refusal === undefined) return;
    throw new Error(refusal);
  }
  const startedAt = performance.now();
  const reason = await new Promise<Failure | undefined>((resolve) => {
    const { connectMs } = settings.connection;
    const timer = setTimeout(() => {
      const message = `No connection within ${connectMs} ms`;
      const late = failure({ kind: 'transport', execution: 'not-sent', message });
      end(line.lastFailure ?? asHandshakeFailure(late, connections.address));
    }, connectMs);
    const end = (outcome: Failure | undefined) => {
      clearTimeout(timer);
      forget();
      resolve(outcome);
    };
    const forget = line.listen({
      onAvailable: () => {
        end(undefined);
      },
      onConnectFailed: (failed, final) => {
        if (final) end(failed);
      },
      onAbandoned: (abandoned) => {
        if (!line.isOpen) end(abandoned);
      },
    });
    connections.open();
  });
  if (!reason) return;
  const elapsedMs = performance.now() - startedAt;
  throw toError(reason, { command: 'CONNECT', attempts: 0, elapsedMs }, settings.stackTraces);
}

async function close(guard: Guard, command: string): Promise<void> {
  const closed = guard.line.closedFailure;
  if (closed)
    throw toError(closed, { command, attempts: 0, elapsedMs: 0 }, guard.settings.stackTraces);
  await guard.close(guard.drainMs);
}
