import { describe, expect, it, type TestContext } from 'vitest';
import { NotFoundError, type Resilient } from 'redis-resilience';
import { connected } from '../integration/wrapped.ts';
import { majors, type AnyClient } from '../support/clients.ts';
import { sharedServer } from './shared-server.ts';

type View = Resilient<AnyClient>;

const control = sharedServer();
const BUFFERS = { 36: Buffer };
const value = Buffer.from('v');

describe.each(majors.filter(({ major }) => major >= 5))('views of $name', (version) => {
  const client = async (test: TestContext) => {
    const redis = await connected(test, version, control().port);
    await redis.set('k', 'v');
    return redis;
  };

  const signal = () => new AbortController().signal;
  const STEPS: Record<string, (from: View) => View> = {
    mapping: (from) => from['withTypeMapping'](BUFFERS),
    signal: (from) => from['withAbortSignal'](signal()),
    asap: (from) => from['asap'](),
    with: (from) => from.resilience.with({ retry: false }),
    strict: (from) => from.resilience.strict,
  };

  it.for([
    ['mapping', 'signal', 'asap', 'with', 'strict'],
    ['strict', 'with', 'asap', 'signal', 'mapping'],
    ['asap', 'mapping', 'strict', 'signal', 'with'],
    ['signal', 'strict', 'mapping', 'with', 'asap'],
  ])('keep what those before them added: %s', async (order, test) => {
    const redis = await client(test);
    const view = order.reduce((from, step) => STEPS[step]!(from), redis);
    await expect(view.get('k')).resolves.toEqual(value);
    await expect(view.multi().get('k').execAsPipeline()).resolves.toEqual([value]);
    await expect(view.get('none')).rejects.toBeInstanceOf(NotFoundError);
    await expect(redis.get('none')).resolves.toBeNull();
    await expect(redis.get('k')).resolves.toBe('v');
  });

  it('keep a signal under whatever view stands on it, until other options replace all', async (test) => {
    const redis = await client(test);
    const aborted = redis['withAbortSignal'](AbortSignal.abort()) as View;
    const overlaid = [
      aborted['withTypeMapping'](BUFFERS),
      aborted['asap'](),
      aborted.resilience.strict,
      aborted.resilience.with({ retry: false }),
      redis['withCommandOptions']({ abortSignal: AbortSignal.abort() }).asap(),
    ] as View[];
    for (const view of overlaid) {
      await expect(view.get('k')).rejects.toMatchObject({ kind: 'aborted', execution: 'not-sent' });
      await expect(view.multi().get('k').exec()).rejects.toMatchObject({ kind: 'aborted' });
    }
    const replaced = aborted['withTypeMapping'](BUFFERS).withCommandOptions({}) as View;
    await expect(replaced.get('k')).resolves.toBe('v');
  });

  it('end a call that is under way when their signal does', async (test) => {
    const redis = await client(test);
    const controller = new AbortController();
    const blocked = redis['withAbortSignal'](controller.signal).blPop(
      'none',
      0,
    ) as Promise<unknown>;
    const raw = redis.sendCommand(['BLPOP', 'none', '0'], { abortSignal: controller.signal });
    const both = Promise.allSettled([blocked, raw]);
    await expect.poll(() => redis.resilience.stats().inFlight).toBe(2);
    controller.abort();
    for (const { status, reason } of (await both) as PromiseRejectedResult[]) {
      expect([status, reason.kind, reason.name]).toEqual(['rejected', 'aborted', 'AbortError']);
    }
    await expect(redis.get('k')).resolves.toBe('v');
  });

  it('reach namespaces and transactions as those of the bare client do', async (test) => {
    const redis = await client(test);
    const bare = version.createClient({ url: control().url });
    await bare.connect();
    test.onTestFinished(() => {
      bare['destroy']();
    });
    const seen = await Promise.all(
      [bare, redis].map(async (one) => {
        const view = one['withTypeMapping'](BUFFERS) as View;
        return [await view.multi().get('k').exec(), await view['json'].get('k').catch(String)];
      }),
    );
    expect(seen[1]).toEqual(seen[0]);
  });

  if (version.major === 6) {
    // On redis 5 the bare client's iterator never ends under this mapping: it compares its cursor to a string.
    it('reach iterators', async (test) => {
      const redis = await client(test);
      const pages: unknown[] = [];
      for await (const page of redis['withTypeMapping'](BUFFERS).scanIterator()) pages.push(page);
      expect(pages).toEqual([[Buffer.from('k')]]);
    });
  }

  it('keep the options that the client was made with', async (test) => {
    const commandOptions = { typeMapping: BUFFERS };
    const redis = await connected(test, version, control().port, {}, { commandOptions });
    await redis.set('k', 'v');
    const view = redis['withAbortSignal'](signal()).asap() as View;
    await expect(redis.get('k')).resolves.toEqual(value);
    await expect(view.get('k')).resolves.toEqual(value);
  });
});

describe.each(majors.filter(({ major }) => major === 4))('command options of $name', (version) => {
  const client = async (test: TestContext) => {
    const redis = await connected(test, version, control().port);
    await redis.set('k', 'v');
    const get = redis.get.bind(undefined) as (...args: unknown[]) => Promise<unknown>;
    return { redis, get, options: redis['commandOptions'] as (given: object) => object };
  };

  it('ask for buffers, also of raw commands', async (test) => {
    const { redis, get, options } = await client(test);
    const returnBuffers = options({ returnBuffers: true });
    await expect(get(returnBuffers, 'k')).resolves.toEqual(value);
    await expect(redis.sendCommand(['GET', 'k'], returnBuffers)).resolves.toEqual(value);
    await expect(redis.sendCommand(['GET', 'k'], { returnBuffers: true })).resolves.toEqual(value);
  });

  it('give an isolated command a connection of ours, which blocks nobody and settles', async (test) => {
    const { redis, get, options } = await client(test);
    const isolated = options({ isolated: true, returnBuffers: true });
    await expect(get(isolated, 'k')).resolves.toEqual(value);
    await expect(redis.sendCommand(['GET', 'k'], { isolated: true })).resolves.toBe('v');
    const blocked: Promise<unknown> = redis['blPop'](options({ isolated: true }), 'list', 0);
    await expect(redis.get('k')).resolves.toBe('v');
    await redis['rPush']('list', 'element');
    await expect(blocked).resolves.toMatchObject({ element: 'element' });
    // The one that serves commands, and those that were lent out: no pool of the client's own.
    const clients = await control().command('CLIENT', 'LIST', 'TYPE', 'normal');
    expect(clients.match(/lib-name|cmd=/g)!.length).toBeLessThanOrEqual(4);
    // Like every command with a connection to itself it waits while the circuit is open.
    redis.resilience.isolate();
    await expect(get(isolated, 'k')).rejects.toMatchObject({ execution: 'not-sent' });
  });
});
