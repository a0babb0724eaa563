import { invoke } from '../commands/client.ts';
import type { Subscriber } from '../connection/connections.ts';
import type {
  Change,
  ChannelListeners,
  Listener,
  ListenersByChannel,
  PubSubType,
} from '../connection/subscriptions.ts';
import { classify } from '../failures/classify.ts';
import { toError } from '../failures/to-error.ts';
import type { Guard } from './guard.ts';
import type { MemberGroup } from './member-group.ts';
import { assertChannels, assertListener } from './pubsub-arguments.ts';

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

/** What node-redis has to move the listeners of one client to another. */
const LISTENERS: Readonly<Record<string, (guard: Guard, args: unknown[]) => unknown>> = {
  getPubSubListeners: ({ connections }, [type]) =>
    connections.subscriber(type as PubSubType).subscriptions.of(type as PubSubType),
  extendPubSubChannelListeners: (guard, [type, channel, listeners]) =>
    extend(guard, type as PubSubType, [[channel, listeners]] as ListenerEntries),
  extendPubSubListeners: (guard, [type, listeners]) =>
    extend(guard, type as PubSubType, listeners as ListenersByChannel),
};

/**
 * Subscribing passes the layers by: it is remembered and carried over to each new connection, so it
 * holds also where there is no connection at the moment.
 */
export const pubSub: MemberGroup = {
  treatment: 'carried',
  has: (client, name) =>
    (Object.hasOwn(SPELLINGS, name) || Object.hasOwn(LISTENERS, name)) && name in client,
  make({ guard }, member) {
    const name = SPELLINGS[member];
    if (name === undefined) return (...args: unknown[]) => LISTENERS[member]?.(guard, args);
    const subscribed = SUBSCRIBE[name];
    const unsubscribed = UNSUBSCRIBE[name];
    return (...args: unknown[]) => {
      if (subscribed) return subscribe(guard, name, subscribed, args);
      if (unsubscribed) return unsubscribe(guard, name, unsubscribed, args);
      return monitor(guard, args);
    };
  },
};

type Channels = string | readonly string[];

async function subscribe(
  guard: Guard,
  name: string,
  type: PubSubType,
  args: unknown[],
): Promise<void> {
  const [channels, listener, buffers = false] = args as [Channels, Listener, boolean?];
  assertChannels(name, channels);
  assertListener(name, listener);
  const subscriber = guard.connections.subscriber(type, [channels].flat()[0]);
  subscriber.subscriptions.add(type, channels, listener, buffers);
  await change(
    guard,
    subscriber,
    name,
    (to) => invoke(to.client, name, channels, to.gate(listener), buffers),
    () => {
      subscriber.subscriptions.remove(type, channels, listener, buffers);
    },
  );
}

async function unsubscribe(
  guard: Guard,
  name: string,
  type: PubSubType,
  args: unknown[],
): Promise<void> {
  const [given, listener, buffers = false] = args as [Channels?, Listener?, boolean?];
  assertChannels(name, given ?? []);
  if (listener) assertListener(name, listener);
  const subscriber = guard.connections.subscriber(type, [given ?? []].flat()[0]);
  // Told to leave them all, redis 4 and 5 wait until no subscription of any type is left.
  const channels = given ?? [...subscriber.subscriptions.of(type).keys()];
  if (channels.length === 0) return;
  subscriber.subscriptions.remove(type, channels, listener, buffers);
  await change(guard, subscriber, name, (to) =>
    invoke(to.client, name, channels, listener && to.gate(listener), buffers),
  );
}

/** Asks the present connection, and the next one too where that is being made already. */
async function change(
  guard: Guard,
  { subscriptions, current, opening }: Subscriber,
  name: string,
  ask: Change,
  undo?: () => void,
): Promise<void> {
  subscriptions.note(ask);
  if (current) await applied(guard, name, ask(current), undo);
  else await opening;
}

type ListenerEntries = Iterable<readonly [string, ChannelListeners]>;

async function extend(guard: Guard, type: PubSubType, entries: ListenerEntries): Promise<void> {
  const name = Object.keys(SUBSCRIBE).find((method) => SUBSCRIBE[method] === type) ?? '';
  for (const [channel, { strings, buffers }] of entries) {
    for (const listener of strings) await subscribe(guard, name, type, [channel, listener]);
    for (const listener of buffers) await subscribe(guard, name, type, [channel, listener, true]);
  }
}

async function monitor(guard: Guard, [callback]: unknown[]): Promise<void> {
  assertListener('monitor', callback);
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
