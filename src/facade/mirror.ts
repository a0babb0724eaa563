import { inspect } from 'node:util';

/**
 * An object that answers like `original` to `in`, `instanceof`, `constructor` and `Object.keys`, with
 * members of our own. The target is a dummy, for two reasons: redis 5 defines its namespaces as
 * properties that a Proxy over it must not replace, and `util.inspect` looks at the target, which here
 * holds no password. Members named `live` change, and are looked up each time.
 */
export function mirror<T extends object>(
  original: T,
  memberOf: (name: string) => unknown,
  describe: () => unknown,
  live: ReadonlySet<string> = new Set(),
): T {
  const members = new Map<PropertyKey, unknown>();
  const target = { [inspect.custom]: describe };
  return new Proxy(target, {
    get(_target, name) {
      // Looked up once: `redis.get === redis.get`, and the lookup is on every command's way.
      const known = members.get(name);
      if (known !== undefined) return known;
      if (typeof name === 'symbol') return Reflect.get(original, name);
      const member = memberOf(name);
      if ((typeof member === 'function' || typeof member === 'object') && !live.has(name)) {
        members.set(name, member);
      }
      return member;
    },
    set: (_target, name, value) => Reflect.set(original, name, value),
    has: (_target, name) => name === 'resilience' || Reflect.has(original, name),
    ownKeys: () => Reflect.ownKeys(original),
    getPrototypeOf: () => Reflect.getPrototypeOf(original),
    getOwnPropertyDescriptor(_target, name) {
      const descriptor = Reflect.getOwnPropertyDescriptor(original, name);
      return descriptor && { ...descriptor, configurable: true };
    },
  }) as unknown as T;
}
