import { AsyncLocalStorage } from 'node:async_hooks';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CommandError, ConflictError, NotFoundError, resilient } from 'redis-resilience';
import { floors, majors } from '../support/clients.ts';
import { BRISK, connected, proxy, server, wrap } from './wrapped.ts';

describe.each([...majors, ...floors])('$name', (version) => {
  const { major, createClient } = version;

  it('answers commands in both spellings and through sendCommand', async (test) => {
    const { port } = await server(test);
    const redis = await connected(test, version, port);
    await expect(redis.set('k', 'v')).resolves.toBe('OK');
    await expect(redis.get('k')).resolves.toBe('v');
    await expect(redis['GET']('k')).resolves.toBe('v');
    await expect(redis.sendCommand(['GET', 'k'])).resolves.toBe('v');
    await expect(redis['hSet']('h', { a: '1' })).resolves.toBe(1);
    expect({ ...(await redis['hGetAll']('h')) }).toEqual({ a: '1' });
  });

  it('keeps what makes it look like the client', async (test) => {
    const { port } = await server(test);
    const client = createClient({ url: `redis://127.0.0.1:${port}` });
    const redis = await connected(test, version, port);
    expect(redis.get === redis.get).toBe(true);
    expect('scanIterator' in redis).toBe(true);
    expect('masters' in redis).toBe(false);
    expect(redis['nothing']).toBeUndefined();
    expect(redis['then']).toBeUndefined();
    expect(redis.constructor.name).toBe(client.constructor.name);
    expect(redis.on('error', () => undefined)).toBe(redis);
    expect([redis.isOpen, redis.isReady]).toEqual([true, true]);
    const unbound: (key: string) => Promise<unknown> = redis.get.bind(undefined);
    await expect(unbound('none')).resolves.toBeNull();
  });

  it('runs a transaction and a pipeline as one call each', async (test) => {
    const { port } = await server(test);
    const redis = await connected(test, version, port);
    const before = redis.resilience.stats().attempts;
    await expect(redis.multi().set('m', '1').incr('m').get('m').exec()).resolves.toEqual([
      'OK',
      2,
      '2',
    ]);
    await expect(redis.multi().get('m').execAsPipeline()).resolves.toEqual(['2']);
    expect(redis.resilience.stats().attempts - before).toBe(2);
  });

  it('gives replies of the server as they are, with their kind on them', async (test) => {
    const { port } = await server(test);
    const redis = await connected(test, version, port);
    await redis.set('text', 'secret-value');
    const error: unknown = await redis['lPush']('text', 'secret-value').catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({
      kind: 'command',
      execution: 'not-executed',
      command: 'LPUSH',
      attempts: 1,
    });
    expect((error as Error).message).toMatch(/^WRONGTYPE/);
    const unknown: unknown = await redis
      .sendCommand(['NOSUCH', 'secret-value'])
      .catch((reason: unknown) => reason);
    expect(inspect(unknown, { depth: 10 }) + JSON.stringify(unknown)).not.toContain('secret-value');
  });

  it('rejects a strict read of nothing, and only there', async (test) => {
    const { port } = await server(test);
    const redis = await connected(test, version, port);
    await expect(redis.get('none')).resolves.toBeNull();
    await expect(redis.resilience.strict.get('none')).rejects.toBeInstanceOf(NotFoundError);
    await expect(redis.resilience.strict.set('k', 'v')).resolves.toBe('OK');
  });

  it('selects a database for good, also through a transaction and sendCommand', async (test) => {
    const control = await server(test);
    const redis = await connected(test, version, control.port);
    const selects = [
      () => redis['select'](1),
      () => redis.sendCommand(['SELECT', '2']),
      () => redis.multi().select(3).exec(),
    ];
    for (const [index, select] of selects.entries()) {
      await select();
      await redis.set('where', String(index + 1));
      await control.command('CLIENT', 'KILL', 'TYPE', 'normal');
      await expect(redis.get('where')).resolves.toBe(String(index + 1));
    }
  });

  it('runs blocking commands on the database selected last, and those called before it where they were', async (test) => {
    const control = await server(test);
    const redis = await connected(test, version, control.port);
    await control.command('RPUSH', 'opened', 'early');
    const opened = redis['blPop']('opened', 1);
    const busy = redis['blPop']('busy', 2);
    await redis['select'](3);
    await expect(opened).resolves.toMatchObject({ element: 'early' });
    await control.command('RPUSH', 'busy', 'late');
    await expect(busy).resolves.toMatchObject({ element: 'late' });
    await redis['lPush']('list', ['a', 'b']);
    const popped = [redis['blPop']('list', 1), redis['blPop']('list', 1)];
    await expect(Promise.all(popped)).resolves.not.toContain(null);
  });

  it('keeps a database that is selected while the connection is being replaced', async (test) => {
    const { port: replicaOf } = await server(test);
    const path = await proxy(test, await server(test, { replicaOf }));
    const redis = await connected(test, version, path.port);
    const replaced = new Promise((resolve) => {
      redis.resilience.on('connection.replaced', resolve);
    });
    // The next handshake takes two answers or more, and SELECT one.
    path.delay(50);
    const { connects } = path;
    const refused = expect(redis.set('k', 'v')).rejects.toMatchObject({ reason: 'read-only' });
    await expect.poll(() => path.connects, { interval: 5 }).toBeGreaterThan(connects);
    await redis['select'](3);
    await refused;
    await replaced;
    await expect(redis.sendCommand(['CLIENT', 'INFO'])).resolves.toContain(' db=3 ');
  });

  it('carries subscriptions over to the next connection, each message once', async (test) => {
    const control = await server(test);
    const path = await proxy(test, control);
    const redis = await connected(test, version, path.port);
    const messages: string[] = [];
    await redis.subscribe('news', (message) => messages.push(message));
    await control.command('PUBLISH', 'news', 'before');
    await expect.poll(() => messages).toEqual(['before']);
    // A slow handshake: the server counts the subscriber long before the connection is ready.
    path.delay(50);
    await control.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await expect.poll(() => control.command('PUBLISH', 'news', 'probe')).toMatch('1');
    await control.command('PUBLISH', 'news', 'after');
    await expect.poll(() => messages.at(-1)).toBe('after');
    expect(messages.filter((message) => message !== 'probe')).toEqual(['before', 'after']);
  });

  it('lets nothing wait behind a blocking command', async (test) => {
    const { port } = await server(test);
    const redis = await connected(test, version, port);
    const blocked = [redis['blPop']('a', 0), redis['blPop']('b', 0)];
    await expect(redis.set('k', 'v')).resolves.toBe('OK');
    await redis['rPush']('b', 'second');
    await expect(blocked[1]).resolves.toMatchObject({ element: 'second' });
    await redis['rPush']('a', 'first');
    await expect(blocked[0]).resolves.toMatchObject({ element: 'first' });
  });

  it('keeps a blocking command alive beyond the deadline of others', async (test) => {
    const { port } = await server(test);
    const redis = await connected(test, version, port, {
      ...BRISK,
      timeout: { attemptMs: 200, totalMs: 400 },
    });
    await expect(redis['blPop']('none', 1)).resolves.toBeNull();
    expect(redis.resilience.state).toBe('closed');
  });

  it('reports a watch that was lost with its connection', async (test) => {
    const control = await server(test);
    const redis = await connected(test, version, control.port);
    await redis['watch']('k');
    await control.command('CLIENT', 'KILL', 'TYPE', 'normal');
    await control.command('SET', 'k', 'theirs');
    await expect.poll(() => redis.ping().catch(() => undefined)).toBe('PONG');
    await expect(redis.multi().set('k', 'ours').exec()).rejects.toBeInstanceOf(ConflictError);
    await expect(redis.get('k')).resolves.toBe('theirs');
    await expect(redis.multi().set('k', 'ours').exec()).resolves.toEqual(['OK']);
  });

  it('iterates over pages that are guarded one by one', async (test) => {
    const { port } = await server(test);
    const redis = await connected(test, version, port);
    await Promise.all(Array.from({ length: 50 }, (_, index) => redis.set(`k${index}`, 'v')));
    const keys: string[] = [];
    for await (const page of redis['scanIterator']({ COUNT: 10 })) keys.push(...[page].flat());
    expect(new Set(keys).size).toBe(50);
  });

  it('keeps the async context of a call that was held', async (test) => {
    const { port } = await server(test);
    const redis = wrap(test, version, port);
    const storage = new AsyncLocalStorage<string>();
    const connecting = redis.connect();
    const seen = await storage.run('request 1', async () => {
      await redis.get('k');
      return storage.getStore();
    });
    await connecting;
    expect(seen).toBe('request 1');
  });

  it('stays at its server when a duplicate goes to another', async (test) => {
    const [control, other] = [await server(test), await server(test)];
    const redis = await connected(test, version, control.port);
    const reader = redis.duplicate({ url: other.url }) as typeof redis;
    test.onTestFinished(() => reader.resilience.shutdown({ drainMs: 0 }));
    await reader.connect();
    await control.command('CLIENT', 'KILL', 'TYPE', 'normal');
    await redis.set('here', '1');
    await reader.set('there', '1');
    expect(await control.command('EXISTS', 'here')).toContain(':1');
    expect(await other.command('EXISTS', 'here', 'there')).toContain(':1');
  });

  it('makes duplicates with a connection and a name of their own', async (test) => {
    const { port } = await server(test);
    const redis = await connected(test, version, port, { ...BRISK, name: 'cache' });
    const second = redis.duplicate() as typeof redis;
    await second.connect();
    await expect(second.set('k', 'v')).resolves.toBe('OK');
    expect(second.resilience.stats().name).toBe('cache:2');
    await second.resilience.shutdown();
    await expect(redis.get('k')).resolves.toBe('v');
  });

  it('shows no password to whoever prints it', async (test) => {
    const { port } = await server(test, { password: 'canary-password' });
    const redis = await connected(test, version, port, BRISK, { password: 'canary-password' });
    await redis.set('k', 'v');
    const printed = inspect(redis, { depth: 10, showHidden: true }) + JSON.stringify(redis);
    const views = inspect([redis.resilience, redis.multi(), redis.resilience.stats()], {
      depth: 10,
    });
    expect(printed + views).not.toContain('canary-password');
  });

  if (major >= 5) {
    // Redis 5.8 does not have the option yet.
    if (majors.includes(version)) {
      it('states the events of its connections with the arguments that they came with', async (test) => {
        const control = await server(test);
        const options = { RESP: 3, emitInvalidate: true };
        const redis = await connected(test, version, control.port, BRISK, options);
        const keys: unknown[] = [];
        redis.on('invalidate', (key) => keys.push(Array.isArray(key) ? key : String(key)));
        await redis.get('watched');
        await control.command('SET', 'watched', 'changed');
        await expect.poll(() => keys).toEqual(['watched']);
      });
    }

    it('guards views as well, which outlive connections', async (test) => {
      const control = await server(test);
      const redis = await connected(test, version, control.port);
      const buffers = redis['withTypeMapping']({ 36: Buffer }) as typeof redis;
      await redis.set('k', 'v');
      await expect(buffers.get('k')).resolves.toEqual(Buffer.from('v'));
      await control.command('CLIENT', 'KILL', 'TYPE', 'normal');
      await expect(buffers.get('k')).resolves.toEqual(Buffer.from('v'));
      const aborted = redis['withAbortSignal'](AbortSignal.abort()) as typeof redis;
      await expect(aborted.get('k')).rejects.toMatchObject({
        name: 'AbortError',
        execution: 'not-sent',
      });
    });
  } else {
    it('never gives a signal to the client, and follows it nevertheless', async (test) => {
      const { port } = await server(test);
      const redis = await connected(test, version, port);
      await redis.set('k', 'v');
      const options = redis['commandOptions']({
        returnBuffers: true,
        signal: new AbortController().signal,
      });
      await expect((redis as any).get(options, 'k')).resolves.toEqual(Buffer.from('v'));
      const aborted = redis['commandOptions']({ signal: AbortSignal.abort() });
      await expect((redis as any).get(aborted, 'k')).rejects.toMatchObject({
        name: 'AbortError',
      });
    });
  }
});

describe('bad input', () => {
  const version = majors[0]!;

  it.each([
    ['nothing', undefined],
    ['a number', 7],
    ['a plain object', {}],
    ['an emitter', process],
  ])('%s is no client', (_name, client) => {
    expect(() => resilient(client as never)).toThrow(/Cannot wrap .*no node-redis client/);
  });

  it('a wrapped client is not wrapped again', (test) => {
    const redis = wrap(test, version, 1);
    expect(() => resilient(redis)).toThrow('Cannot wrap a client that is wrapped already');
  });

  it('a client in legacyMode is refused', (test) => {
    expect(() => wrap(test, version, 1, {}, { legacyMode: true })).toThrow(/legacyMode/);
  });

  it('bad options are refused before anything is touched', () => {
    const client = version.createClient();
    expect(() => resilient(client, { breaker: { failureRate: 2 } })).toThrow(
      'Cannot use breaker.failureRate: 2 was given, allowed is a number from 0 to 1',
    );
    expect(client['listenerCount']('error')).toBe(0);
  });
});
