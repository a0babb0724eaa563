import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, type TestContext } from 'vitest';
import { resilient, type ResilienceOptions } from 'redis-resilience';
import { kinds, wrapped, type KindVersion } from './kinds.ts';
import { BRISK, proxy, server } from './wrapped.ts';

const SOON: ResilienceOptions = {
  timeout: { attemptMs: 300, totalMs: 1_000 },
  connection: { connectMs: 1_000, silenceMs: 500, maxDelayMs: 100 },
};

const SCRIPT = 'return ARGV[1]';
const ECHO = {
  SCRIPT,
  SHA1: createHash('sha1').update(SCRIPT).digest('hex'),
  NUMBER_OF_KEYS: 0,
  parseCommand: (parser: { push(argument: string): void }, text: string) => {
    parser.push(text);
  },
  transformReply: String,
};

/** A wrapped pool that is connected. */
async function connected(
  test: TestContext,
  { createClientPool }: KindVersion,
  port: number,
  limits: object = {},
  options: ResilienceOptions = SOON,
  clientOptions: object = {},
) {
  const pool = createClientPool(
    { url: `redis://127.0.0.1:${port}`, ...clientOptions },
    { minimum: 1, maximum: 2, acquireTimeout: 200, ...limits },
  );
  const redis = wrapped(test, pool, options);
  await redis.connect();
  return redis;
}

describe.each(kinds)('a pool of $name', (version) => {
  it('does what the pool does, through members of its own', async (test) => {
    const control = await server(test);
    const scripts = { echoed: ECHO };
    const redis = await connected(test, version, control.port, {}, SOON, {
      scripts,
      ...(version.major === 6 && { keyPrefix: 'app:' }),
    });
    expect([redis['totalClients'], redis['idleClients']]).toEqual([1, 1]);
    await redis.set('k', 'v');
    expect(await redis.get('k')).toBe('v');
    expect(await redis.multi().incr('n').get('k').exec()).toEqual([1, 'v']);
    expect(await redis['echoed']('hello')).toBe('hello');
    expect(await redis['withTypeMapping']({ 36: Buffer }).get('k')).toEqual(Buffer.from('v'));
    expect(await redis.sendCommand(['PING'])).toBe('PONG');
    expect(await redis['blPop']('none', 0.1)).toBeNull();
    expect(await control.command('KEYS', '*k')).toContain(version.major === 6 ? 'app:k' : 'k');
    expect(redis.resilience.stats().pool).toMatchObject({ waiting: 0, timeouts: 0 });
    expect(await redis.resilience.health()).toMatchObject({ ok: true });
    await redis['close']();
    await expect(redis.get('k')).rejects.toMatchObject({ kind: 'closed', execution: 'not-sent' });
  });

  it('lends a member to a function, whose own errors and values pass as they are', async (test) => {
    const { port } = await server(test);
    const redis = await connected(test, version, port);
    const mine = new RangeError('mine');
    const transaction = redis['execute'](async (member: any) => {
      await member.watch('k');
      await redis.set('k', 'changed by another');
      return member.multi().set('k', 'v').exec();
    });
    await expect(transaction).rejects.toThrow('One (or more) of the watched keys has been changed');
    await expect(redis['execute'](() => Promise.reject(mine))).rejects.toBe(mine);
    expect(await redis['execute'](() => 5)).toBe(5);
    // What would make a command worth another attempt is the function's own affair here.
    let runs = 0;
    const loading = new Error('LOADING Redis is loading the dataset in memory');
    const busy = redis['execute'](() => {
      runs++;
      return Promise.reject(loading);
    });
    await expect(busy).rejects.toBe(loading);
    expect([runs, redis.resilience.state]).toEqual([1, 'closed']);
  });

  it('settles what waits for a member when it is closed, and leaves no connection', async (test) => {
    const control = await server(test);
    const redis = await connected(test, version, control.port, { maximum: 1 });
    const blocked: Promise<unknown> = redis['blPop']('none', 0).catch((error: unknown) => error);
    await expect.poll(() => control.command('INFO', 'clients')).toContain('blocked_clients:1');
    const queued: Promise<unknown> = redis.get('k').catch((error: unknown) => error);
    await redis.resilience.shutdown({ drainMs: 0 });
    await expect(blocked).resolves.toMatchObject({ kind: 'closed' });
    await expect(queued).resolves.toMatchObject({ kind: 'closed', execution: 'not-sent' });
    // The one that asks.
    await expect
      .poll(() => control.command('INFO', 'clients'))
      .toContain('connected_clients:1\r\n');
  });

  it('tells that all members are taken, and executes nothing that was given up in the queue', async (test) => {
    const control = await server(test);
    const redis = await connected(test, version, control.port, { maximum: 1 });
    const busy = redis['execute'](() => sleep(600));
    await expect(redis.incr('n')).rejects.toMatchObject({
      kind: 'overloaded',
      execution: 'not-sent',
      attempts: 0,
    });
    const hasty = redis.resilience.with({ timeout: { attemptMs: 50, totalMs: 100 } });
    await expect(hasty.incr('n')).rejects.toMatchObject({ kind: 'timeout', execution: 'not-sent' });
    expect(redis.resilience.stats().pool).toEqual({
      ...{ size: 1, idle: 0, inUse: 1, waiting: 1, timeouts: 1 },
    });
    await busy;
    expect(await redis.get('n')).toBeNull();
  });

  it('gets away from dead connections, and executes nothing there later', async (test) => {
    const control = await server(test);
    const path = await proxy(test, control);
    const redis = await connected(test, version, path.port);
    await Promise.all([redis.ping(), redis.ping()]);
    path.deadenExisting();
    const givenUp = { kind: 'timeout', execution: 'unknown', attempts: 1 };
    await Promise.all([
      expect(redis.incr('n')).rejects.toMatchObject(givenUp),
      expect(redis.incr('n')).rejects.toMatchObject(givenUp),
    ]);
    await expect(redis.set('k', 'v')).resolves.toBe('OK');
    await expect(redis.set('k', 'v')).resolves.toBe('OK');
    path.heal();
    expect(await control.command('GET', 'n')).toBe('$-1\r\n');
  });

  it('waits, refuses and returns while the server is gone, where the bare pool keeps writes for later', async (test) => {
    const control = await server(test);
    const url = `redis://127.0.0.1:${control.port}`;
    const bare = version.createClientPool({ url }, { minimum: 1, maximum: 1 });
    bare.on('error', () => undefined);
    await bare.connect();
    test.onTestFinished(() => bare['destroy']());
    const redis = await connected(test, version, control.port, {}, { ...SOON, retry: false });
    const rescued = redis.resilience.with({ fallback: ({ kind }) => `no ${kind}` });
    await redis.ping();
    await control.kill();
    const kept = bare.incr('bare').catch(() => undefined);
    await expect.poll(() => rescued.incr('n')).toMatch(/no (transport|timeout)/);
    await expect.poll(() => redis.resilience.state, { timeout: 5_000 }).toBe('open');
    const refused = performance.now();
    await expect(redis.incr('n')).rejects.toMatchObject({ kind: 'circuit-open' });
    expect(performance.now() - refused).toBeLessThan(200);
    await control.restart();
    await expect.poll(() => redis.resilience.state, { timeout: 5_000 }).toBe('closed');
    await kept;
    expect(await redis.mGet(['n', 'bare'])).toEqual([null, '1']);
  });

  it('ends at once when it is destroyed, connecting or with calls under way', async (test) => {
    const control = await server(test);
    const redis = await connected(test, version, control.port);
    await control.freeze();
    const failing: Promise<unknown> = redis.incr('n').catch((error: unknown) => error);
    await sleep(20);
    redis['destroy']();
    expect(await failing).toMatchObject({ kind: 'closed', execution: 'unknown' });
    const early = wrapped(test, version.createClientPool({ url: control.url }), {
      connection: { connectMs: 100 },
    });
    await expect(early.connect()).rejects.toMatchObject({ kind: 'transport' });
    early['destroy']();
    expect([early.isOpen, redis.isOpen]).toEqual([false, false]);
    control.thaw();
  });

  it('says within connectMs that the password is wrong', async (test) => {
    const { port } = await server(test, { password: 'right' });
    const url = `redis://127.0.0.1:${port}`;
    const redis = wrapped(test, version.createClientPool({ url, password: 'canary-secret' }));
    const error: unknown = await redis.connect().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ kind: 'auth' });
    expect(JSON.stringify(error)).not.toContain('canary-secret');
  });

  it('is made of a wrapped client with the same options, credentials included', async (test) => {
    const { port } = await server(test, { password: 'right' });
    const client = version.createClient({ url: `redis://127.0.0.1:${port}` });
    const options = { ...BRISK, name: 'cache', credentials: () => ({ password: 'right' }) };
    const pool = resilient(client, options)['createPool']({ maximum: 2 });
    test.onTestFinished(() => pool.resilience.shutdown());
    await pool.connect();
    expect(await pool.set('k', 'v')).toBe('OK');
    expect(pool.resilience.stats()).toMatchObject({ name: 'cache:pool', pool: { timeouts: 0 } });
    expect(() => resilient(version.createClientPool({}), options)).toThrow(/credentialsProvider/);
  });
});
