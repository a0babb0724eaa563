import { EventEmitter } from 'node:events';
import { invoke, methodOf, type AnyClient } from '../../commands/client.ts';

/** Makes clients of the class that a sentinel makes its own of. */
export type CreateClient = (options: object) => AnyClient;

/** Name of a script that only the client we look for would be given. */
const MARK = 'redis-resilience:mark';

/**
 * Finds the client class behind a sentinel, which hands it to nobody, and redis is not imported here.
 * A duplicate makes a client within its call of `connect()`: for the length of that call we listen for
 * a script being attached to the class, and stop it there, before there is a socket. Undefined where
 * there are no duplicates (redis 5).
 */
export function clientClassOf(sentinel: AnyClient): CreateClient | undefined {
  if (!methodOf(sentinel, 'duplicate')) return undefined;
  let found: object | undefined;
  Object.defineProperty(EventEmitter.prototype, MARK, {
    configurable: true,
    set(this: object) {
      found = this; // eslint-disable-line @typescript-eslint/no-this-alias -- what is looked for
      throw new Error('The class is found');
    },
  });
  try {
    const probe = sentinel.duplicate({
      sentinelRootNodes: [{ host: 'localhost', port: 0 }],
      sentinelClientOptions: { scripts: { [MARK]: {} } },
      maxCommandRediscovers: 0,
      scanInterval: 0,
      clientSideCache: undefined,
    });
    probe.on('error', ignore);
    Promise.resolve(probe.connect()).catch(ignore);
  } finally {
    Reflect.deleteProperty(EventEmitter.prototype, MARK);
  }
  if (!found) return undefined;
  const { constructor } = found;
  return (options) => invoke(constructor, 'create', options) as AnyClient;
}

function ignore(): void {
  // It was made to fail.
}
