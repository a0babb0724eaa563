import KeyvRedis from '@keyv/redis';
import { createCache, type Cache } from 'cache-manager';
import { Keyv } from 'keyv';
import { expect } from 'vitest';
import { workWithRedis } from './conditions.ts';

let keys = 0;

workWithRedis<Cache>({
  installedAs: '@keyv/redis',
  beside: ['keyv', 'cache-manager'],
  majors: [4, 5, 6],
  outage: 'a cache miss: the value is made anew; @keyv/redis emits `error`',
  start(client) {
    const keyv = new Keyv({ store: new KeyvRedis(client as never), namespace: 'cache' });
    keyv.on('error', () => undefined);
    return createCache({ stores: [keyv] });
  },
  async works(cache) {
    const key = `key${++keys}`;
    expect(await cache.get(key)).toBeUndefined();
    expect(await cache.wrap(key, () => 'made', 60_000)).toBe('made');
    expect(await cache.wrap(key, () => 'made again', 60_000)).toBe('made');
    await cache.mset([
      { key: `${key}:1`, value: { one: 1 } },
      { key: `${key}:2`, value: { two: 2 } },
    ]);
    expect(await cache.mget([`${key}:1`, `${key}:2`])).toEqual([{ one: 1 }, { two: 2 }]);
    expect(await cache.del(key)).toBe(true);
    expect(await cache.get(key)).toBeUndefined();
    await cache.clear();
    expect(await cache.get(`${key}:1`)).toBeUndefined();
  },
  async away(cache) {
    expect(await cache.get('key')).toBeUndefined();
  },
});
