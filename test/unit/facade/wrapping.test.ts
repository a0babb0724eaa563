import { inspect } from 'node:util';
import * as redis4 from 'redis-4';
import * as redis5 from 'redis-5';
import * as redis6 from 'redis-6';
import { describe, expect, it } from 'vitest';
import { resilient } from '../../../src/index.ts';

const MAJORS = [
  { major: 4, createClient: redis4.createClient },
  { major: 5, createClient: redis5.createClient },
  { major: 6, createClient: redis6.createClient },
] as unknown as { major: number; createClient: typeof redis6.createClient }[];

describe.each(MAJORS)('a wrapped client of redis $major', ({ createClient }) => {
  const wrapped = () => {
    const client = createClient({ url: 'redis://app:hunter2@localhost:1/3' });
    return { client, redis: resilient(client, { name: 'cache', logger: false }) };
  };

  it('looks like the client that was given', () => {
    const { client, redis } = wrapped();
    expect(redis).toBeInstanceOf(client.constructor);
    expect(redis.constructor).toBe(client.constructor);
    expect(redis.options).toBe(client.options);
    expect('get' in redis && 'GET' in redis && 'json' in redis).toBe(true);
    expect('noSuchCommand' in redis).toBe(false);
    expect(Reflect.get(redis, 'noSuchCommand')).toBeUndefined();
    expect([redis.isOpen, redis.isReady]).toEqual([false, false]);
  });

  it('has each method once, in both cases, and in its namespaces', () => {
    const { redis } = wrapped();
    const member = (path: string): unknown =>
      path.split('.').reduce<unknown>((at, name) => Reflect.get(at as object, name), redis);
    for (const path of ['get', 'GET', 'json.get', 'sendCommand', 'multi', 'on', 'resilience']) {
      expect(member(path)).toBeDefined();
      expect(member(path)).toBe(member(path));
    }
  });

  it('fails commands before it is connected, also through an unbound method', async () => {
    const { redis } = wrapped();
    const get = Reflect.get(redis, 'get') as (key: string) => Promise<unknown>;
    await expect(get('k')).rejects.toMatchObject({
      kind: 'closed',
      message: 'The client is closed',
      execution: 'not-sent',
      command: 'GET',
    });
    await expect(redis.multi().set('k', 'v').exec()).rejects.toMatchObject({ kind: 'closed' });
  });

  it('returns itself from the methods of an emitter, whose listeners are those of the client', () => {
    const { client, redis } = wrapped();
    const heard: unknown[] = [];
    expect(redis.on('custom', (value: unknown) => heard.push(value))).toBe(redis);
    client.emit('custom', 1);
    expect(heard).toEqual([1]);
    expect(redis.listenerCount('custom')).toBe(1);
  });

  it('never prints a password', () => {
    const { redis } = wrapped();
    expect(JSON.stringify(redis)).toContain('cache');
    for (const printed of [JSON.stringify(redis), inspect(redis, { showHidden: true, depth: 9 })]) {
      expect(printed).not.toContain('hunter2');
    }
  });

  it('answers for itself before it was ever connected', async () => {
    const { redis } = wrapped();
    expect(redis.resilience.state).toBe('closed');
    const stats = redis.resilience.stats();
    expect(JSON.parse(JSON.stringify(stats))).toEqual(stats);
    expect(stats).toMatchObject({ name: 'cache', mode: 'enforce', inFlight: 0, waiting: 0 });
    await expect(redis.resilience.health()).resolves.toMatchObject({ ok: false, latencyMs: null });
    await redis.resilience.shutdown();
    await redis.resilience.shutdown();
  });

  it.each([0, -1, NaN, Infinity, '1000'])(
    'refuses a health check within %o',
    async (deadlineMs) => {
      const { redis } = wrapped();
      const check = redis.resilience.health({ deadlineMs: deadlineMs as number });
      await expect(check).rejects.toThrow(
        /^Cannot use deadlineMs: .* was given, allowed is a number/,
      );
    },
  );

  it('refuses a misspelt deadline of a health check', async () => {
    const { redis } = wrapped();
    const check = redis.resilience.health({ deadline: 200 } as object);
    await expect(check).rejects.toThrow(
      'Cannot use deadline: 200 was given, allowed is one of deadlineMs',
    );
  });

  it.each([-1, NaN, '1000'])('refuses to wait for calls for %o', async (drainMs) => {
    const { redis } = wrapped();
    const shutdown = redis.resilience.shutdown({ drainMs: drainMs as number });
    await expect(shutdown).rejects.toThrow(
      /^Cannot use drainMs: .* was given, allowed is a number/,
    );
  });

  it('refuses to isolate a client that has no circuit', () => {
    const redis = resilient(createClient(), { breaker: false });
    expect(() => {
      redis.resilience.isolate();
    }).toThrow('Cannot isolate');
  });

  it('is refused a second time, and nothing is wrapped then', () => {
    const { redis } = wrapped();
    expect(() => resilient(redis)).toThrow(
      new TypeError('Cannot wrap a client that is wrapped already'),
    );
    expect(() => resilient(redis.resilience.strict)).toThrow(TypeError);
  });
});

describe('resilient', () => {
  it.each([
    { title: 'undefined', given: undefined, named: 'undefined' },
    { title: 'null', given: null, named: 'null' },
    { title: 'an address', given: 'redis://localhost', named: 'string' },
    { title: 'an object', given: {}, named: 'Object' },
    { title: 'an object without a prototype', given: Object.create(null), named: 'an object' },
    { title: 'a promise of a client', given: Promise.resolve(), named: 'Promise' },
  ])('refuses $title, and names it', ({ given, named }) => {
    expect(() => resilient(given)).toThrow(TypeError);
    expect(() => resilient(given)).toThrow(`Cannot wrap ${named}: it is no node-redis client`);
  });

  it('refuses a client in legacyMode', () => {
    expect(() => resilient(redis4.createClient({ legacyMode: true }))).toThrow(/legacyMode/);
  });

  it('refuses a mode that does not exist when it is set', () => {
    const redis = resilient(redis6.createClient(), { logger: false });
    expect(() => {
      redis.resilience.mode = 'dry-run' as 'off';
    }).toThrow(/^Cannot use mode: 'dry-run' was given/);
    redis.resilience.mode = 'off';
    expect(redis.resilience.mode).toBe('off');
  });
});
