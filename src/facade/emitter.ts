import { invoke } from '../commands/client.ts';
import type { FacadeParts } from './parts.ts';

const CHAINABLE: ReadonlySet<string> = new Set([
  ...['on', 'once', 'off', 'addListener', 'removeListener', 'removeAllListeners'],
  ...['prependListener', 'prependOnceListener', 'setMaxListeners'],
]);

const PLAIN: ReadonlySet<string> = new Set([
  ...['emit', 'listeners', 'rawListeners', 'listenerCount', 'eventNames', 'getMaxListeners'],
]);

/** Listeners live on the template's emitter, where events of every connection are stated again. */
export function emitterMethod({ guard, self }: FacadeParts, name: string): unknown {
  if (CHAINABLE.has(name)) {
    return (...args: unknown[]) => {
      invoke(guard.root, name, ...args);
      return self();
    };
  }
  return PLAIN.has(name) ? (...args: unknown[]) => invoke(guard.root, name, ...args) : undefined;
}
