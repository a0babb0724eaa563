import type { AnyClient, ClientOptions, Method } from '../../commands/client.ts';

/** The members of a client that end it. */
const ENDS: ReadonlySet<PropertyKey> = new Set(['destroy', 'disconnect', 'close', 'quit', 'QUIT']);

const handles = new WeakMap<AnyClient, AnyClient>();

/**
 * What the cluster client gets to hold of a node's connection: it may use it, but not end it. When it
 * hears that a node has no slots any more it would drop its connection at once, with everything on it
 * that the node is just about to answer.
 */
export function handleOf(client: AnyClient): AnyClient {
  let handle = handles.get(client);
  if (!handle) handles.set(client, (handle = makeHandle(client)));
  return handle;
}

function makeHandle(client: AnyClient): AnyClient {
  const methods = new Map<PropertyKey, Method>();
  return new Proxy(client, {
    get(_client, name) {
      const known = methods.get(name);
      if (known) return known;
      const member: unknown = Reflect.get(client, name, client);
      // Looking for the slots anew it connects with these: our signal would collect its listeners.
      if (name === 'options') return withoutSignal(member as ClientOptions);
      if (typeof member !== 'function') return member;
      // Redis 4 keeps its state under the client itself: its methods must not be called on anything else.
      const method = ENDS.has(name) ? ignore : (member.bind(client) as Method);
      methods.set(name, method);
      return method;
    },
  });
}

function withoutSignal(options: ClientOptions): ClientOptions {
  return { ...options, socket: { ...options.socket, signal: undefined } };
}

function ignore(): Promise<void> {
  return Promise.resolve();
}
