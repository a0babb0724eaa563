import type { AnyClient, RedisLike } from './commands/client.ts';
import { kindOf, missingMethod } from './commands/kind.ts';
import type { Connect } from './connection/connections.ts';
import type { Resilient } from './facade/controls.ts';
import { createFacade } from './facade/facade.ts';
import { Guard } from './facade/guard.ts';
import type { FacadeParts, Perspective } from './facade/parts.ts';
import type { ResilienceOptions } from './options/types.ts';

/**
 * Wraps a node-redis client (4.7, 5 or 6) and gives it back with the same type, every command guarded.
 * The client itself becomes the template of connections: it is not connected and not changed. If it is
 * open already, the wrapper connects by itself.
 * @throws TypeError, RangeError where the client or an option cannot be used; nothing is touched then
 */
export function resilient<C extends RedisLike>(
  client: C,
  options: ResilienceOptions = {},
): Resilient<C> {
  return wrap(client, options) as unknown as Resilient<C>;
}

function wrap(
  client: RedisLike,
  options: ResilienceOptions,
  connect?: Connect,
  family?: string,
): AnyClient {
  assertClient(client);
  const guard = new Guard(client, options, connect, family);
  const facade = facadeOf(guard, {
    view: [],
    policies: guard.policies,
    strict: false,
    signal: undefined,
  });
  guard.settings.telemetry?.watch(guard.family, {
    stats: () => (facade as unknown as Resilient<AnyClient>).resilience.stats(),
    onEvent: (observer) => guard.hub.subscribe(observer, (type) => type !== 'call.succeeded'),
    onSuccess: (listener) => {
      guard.hub.onSuccess(listener);
    },
  });
  if (client.isOpen) guard.connections.open();
  return facade;
}

function facadeOf(guard: Guard, perspective: Perspective): AnyClient {
  const parts: FacadeParts = {
    guard,
    perspective,
    self: () => facade,
    look: (other) => facadeOf(guard, other),
    wrap: (client, suffix, connect) => {
      const { credentials, ...others } = guard.given;
      // A pool makes its members itself, with what stands in its own options.
      const asked = credentials && kindOf(client) !== 'pool' ? { credentials } : {};
      const name = `${guard.settings.name}:${suffix}`;
      return wrap(client, { ...others, ...asked, name, mode: guard.mode }, connect, guard.family);
    },
    duplicate: (overrides) => {
      const { template } = guard;
      const duplicate = template.duplicate(withOwnSocket(template, overrides));
      return parts.wrap(duplicate, String(++guard.duplicates));
    },
  };
  const facade = createFacade(parts);
  return facade;
}

/**
 * The client writes an address that is overridden into socket options which it shares with its duplicate:
 * without a copy, the next connection of both would lead there.
 */
function withOwnSocket({ options }: AnyClient, overrides?: object): object {
  const { socket } = { ...options, ...overrides };
  return { ...overrides, ...(socket && { socket: { ...socket } }) };
}

function assertClient(client: unknown): asserts client is AnyClient {
  if (typeof client !== 'object' || client === null) {
    throw new TypeError(
      `Cannot wrap ${client === null ? 'null' : typeof client}: it is no node-redis client`,
    );
  }
  if ('resilience' in client) throw new TypeError('Cannot wrap a client that is wrapped already');
  const missing = missingMethod(client);
  if (missing !== undefined) {
    const name = client.constructor?.name ?? 'an object'; // eslint-disable-line @typescript-eslint/no-unnecessary-condition -- may have no prototype
    throw new TypeError(`Cannot wrap ${name}: it is no node-redis client, it has no ${missing}()`);
  }
  if ((client as AnyClient).options?.legacyMode) {
    throw new TypeError('Cannot wrap a client in legacyMode: its callbacks cannot be guarded');
  }
}
