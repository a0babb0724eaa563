import { invoke } from '../commands/client.ts';
import type { MemberGroup } from './member-group.ts';

const CHAINABLE: ReadonlySet<string> = new Set([
  ...['on', 'once', 'off', 'addListener', 'removeListener', 'removeAllListeners'],
  ...['prependListener', 'prependOnceListener', 'setMaxListeners'],
]);

const PLAIN: ReadonlySet<string> = new Set([
  ...['emit', 'listeners', 'rawListeners', 'listenerCount', 'eventNames', 'getMaxListeners'],
]);

/** Listeners live on the template's emitter, where events of every connection are stated again. */
export const emitter: MemberGroup = {
  treatment: 'carried',
  has: (_client, name) => CHAINABLE.has(name) || PLAIN.has(name),
  make({ guard, self }, name) {
    return (...args: unknown[]) => {
      const result = invoke(guard.root, name, ...args);
      return CHAINABLE.has(name) ? self() : result;
    };
  },
};
