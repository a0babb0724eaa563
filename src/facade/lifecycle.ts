import { invoke, methodOf, type AnyClient } from '../commands/client.ts';
import { asHandshakeFailure } from '../connection/handshake.ts';
import { failure, type Failure } from '../failures/failure.ts';
import { toError } from '../failures/to-error.ts';
import type { FacadeParts } from './parts.ts';
import type { Guard } from './guard.ts';

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
      guard.connections.reference(true);
    },
  unref:
    ({ guard }) =>
    () => {
      guard.connections.reference(false);
    },
  duplicate:
    ({ duplicate }) =>
    (overrides) =>
      duplicate(overrides as object | undefined),
  executeIsolated: executeIsolated,
  createPool:
    ({ guard, wrap }) =>
    (options) =>
      wrap(invoke(poolTemplate(guard), 'createPool', options) as AnyClient, 'pool'),
};

/** The members that tell in which state the wrapper's own connection is. */
const STATES: Readonly<Record<string, (guard: Guard) => boolean>> = {
  isOpen: (guard) => guard.isOpen,
  isReady: (guard) => guard.line.available !== undefined,
  isPubSubActive: (guard) => guard.connections.isSubscribed,
};

/** Guards a member of the client's life. */
export function guardLifecycle(parts: FacadeParts, member: string): unknown {
  const name = member === 'QUIT' ? 'quit' : member;
  if (Object.hasOwn(STATES, name) && name in parts.guard.template)
    return STATES[name]?.(parts.guard);
  if (!Object.hasOwn(METHODS, name) || !methodOf(parts.guard.template, member)) return undefined;
  return METHODS[name]?.(parts);
}

/** Resolves with the first ready connection; rejects with what went wrong, and goes on trying. */
async function connect(guard: Guard): Promise<void> {
  const { line, connections, settings } = guard;
  // The client's own words.
  if (line.available) throw new Error('Socket already opened');
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
  if (closed) throw toError(closed, { command, attempts: 0, elapsedMs: 0 });
  await guard.close(guard.drainMs);
}

/** A pool makes its members by itself: what is asked for credentials must stand in its options. */
function poolTemplate({ template, given }: Guard): AnyClient {
  const { credentials } = given;
  if (!credentials) return template;
  return template.duplicate({
    credentialsProvider: { type: 'async-credentials-provider', credentials },
  });
}

/** Redis 4: runs a function with a client that shares no connection with anybody. */
function executeIsolated({ duplicate }: FacadeParts): (...args: unknown[]) => Promise<unknown> {
  return async (run) => {
    const isolated = duplicate(undefined);
    await isolated.connect();
    try {
      return await (run as (client: unknown) => unknown)(isolated);
    } finally {
      await (isolated as unknown as { disconnect(): Promise<void> }).disconnect();
    }
  };
}
