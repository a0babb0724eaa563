import { invoke, methodOf } from '../commands/client.ts';
import type { Listener, PubSubType } from '../connection/subscriptions.ts';
import { classify } from '../failures/classify.ts';
import { toError } from '../failures/to-error.ts';
import type { FacadeParts } from './parts.ts';
import type { Guard } from './guard.ts';

const SUBSCRIBE: Readonly<Record<string, PubSubType>> = {
  subscribe: 'CHANNELS',
  pSubscribe: 'PATTERNS',
  sSubscribe: 'SHARDED',
};

const UNSUBSCRIBE: Readonly<Record<string, PubSubType>> = {
  unsubscribe: 'CHANNELS',
  pUnsubscribe: 'PATTERNS',
  sUnsubscribe: 'SHARDED',
};

const SPELLINGS: Readonly<Record<string, string>> = Object.fromEntries(
  [...Object.keys(SUBSCRIBE), ...Object.keys(UNSUBSCRIBE), 'monitor'].flatMap((name) => [
    [name, name],
    [name.toUpperCase(), name],
  ]),
);

/**
 * Subscribing passes the layers by: it is remembered and carried over to each new connection, so it
 * holds also where there is no connection at the moment.
 */
export function guardPubSub({ guard }: FacadeParts, member: string): unknown {
  const name = Object.hasOwn(SPELLINGS, member) ? SPELLINGS[member] : undefined;
  if (name === undefined || !methodOf(guard.template, member)) return undefined;
  const subscribed = SUBSCRIBE[name];
  const unsubscribed = UNSUBSCRIBE[name];
  return (...args: unknown[]) => {
    if (subscribed) return subscribe(guard, name, subscribed, args);
    if (unsubscribed) return unsubscribe(guard, name, unsubscribed, args);
    return monitor(guard, args);
  };
}

type Channels = string | readonly string[];

async function subscribe(
  guard: Guard,
  name: string,
  type: PubSubType,
  args: unknown[],
): Promise<void> {
  const [channels, listener, buffers = false] = args as [Channels, Listener, boolean?];
  const subscriber = guard.connections.subscriber(type, [channels].flat()[0]);
  const { subscriptions, current: connection } = subscriber;
  subscriptions.add(type, channels, listener, buffers);
  if (!connection) return subscriber.opening;
  await applied(
    guard,
    name,
    invoke(connection.client, name, channels, connection.gate(listener), buffers),
    () => {
      subscriptions.remove(type, channels, listener, buffers);
    },
  );
}

async function unsubscribe(
  guard: Guard,
  name: string,
  type: PubSubType,
  args: unknown[],
): Promise<void> {
  const [channels, listener, buffers = false] = args as [Channels?, Listener?, boolean?];
  const { subscriptions, current: connection } = guard.connections.subscriber(
    type,
    [channels ?? []].flat()[0],
  );
  subscriptions.remove(type, channels, listener, buffers);
  if (!connection) return;
  const gated = listener && connection.gate(listener);
  await applied(guard, name, invoke(connection.client, name, channels, gated, buffers));
}

async function monitor(guard: Guard, [callback]: unknown[]): Promise<void> {
  guard.session.monitor = callback as (line: unknown) => void;
  const connection = guard.connections.subscriber('CHANNELS').current;
  if (!connection) return;
  await applied(guard, 'monitor', invoke(connection.client, 'monitor', callback), () => {
    guard.session.monitor = undefined;
  });
}

/**
 * Waits for the server's consent, not longer than for a connection: what it did not get to answer, the
 * next connection asks for again. Only what the server refuses is an error, and is undone.
 */
async function applied(
  guard: Guard,
  name: string,
  asked: unknown,
  undo?: () => void,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, guard.settings.connection.connectMs).unref();
  });
  const startedAt = performance.now();
  try {
    await Promise.race([asked, late]);
  } catch (error) {
    const reason = classify(error, { dispatched: true });
    if (reason.endedBy !== 'server') return;
    undo?.();
    const command = name.toUpperCase();
    throw toError(reason, { command, attempts: 1, elapsedMs: performance.now() - startedAt });
  } finally {
    clearTimeout(timer);
  }
}
