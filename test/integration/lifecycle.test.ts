import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { resilient } from 'redis-resilience';
import { majors } from '../support/clients.ts';
import { BRISK, connected, proxy, server, wrap } from './wrapped.ts';

describe.each(majors)('the life of $name', (version) => {
  it('begins and ends as often as wanted', async (test) => {
    const { port } = await server(test);
    const redis = wrap(test, version, port);
    await expect(redis.get('k')).rejects.toMatchObject({
      kind: 'closed',
      message: 'The client is closed',
    });
    for (let round = 0; round < 3; round++) {
      expect(await redis.connect()).toBe(redis);
      await expect(redis.set('k', 'v')).resolves.toBe('OK');
      await redis['quit']();
      expect([redis.isOpen, redis.isReady]).toEqual([false, false]);
    }
    await expect(redis.get('k')).rejects.toMatchObject({ kind: 'closed', execution: 'not-sent' });
    await expect(redis['quit']()).rejects.toMatchObject({ message: 'The client is closed' });
  });

  it('states the events of its connections to listeners attached before and after wrapping', async (test) => {
    const control = await server(test);
    const client = version.createClient({ url: control.url });
    const events: string[] = [];
    client.on('ready', () => events.push('ready'));
    const redis = resilient(client, { ...BRISK });
    test.onTestFinished(() => redis.resilience.shutdown());
    for (const event of ['connect', 'error', 'reconnecting', 'end'])
      redis.on(event, () => events.push(event));
    await redis.connect();
    await control.command('CLIENT', 'KILL', 'TYPE', 'normal');
    await expect.poll(() => events.length).toBeGreaterThanOrEqual(6);
    await redis.resilience.shutdown();
    expect(events).toEqual([
      'connect',
      'ready',
      'error',
      'reconnecting',
      'connect',
      'ready',
      'end',
    ]);
    expect(client.isOpen).toBe(false);
  });

  it('connects by itself where the client was open, and closes it in the end', async (test) => {
    const control = await server(test);
    const client = version.createClient({ url: control.url });
    client.on('error', () => undefined);
    await client.connect();
    const redis = resilient(client, BRISK);
    await expect(redis.set('k', 'v')).resolves.toBe('OK');
    await redis.resilience.shutdown();
    expect(client.isOpen).toBe(false);
    expect(await control.command('CLIENT', 'LIST')).not.toMatch(/id=\d+.*id=\d+/s);
  });

  it('lets calls finish before it closes, and refuses new ones meanwhile', async (test) => {
    const control = await server(test);
    const path = await proxy(test, control);
    const redis = await connected(test, version, path.port);
    path.delay(100);
    const under = redis.set('k', 'v');
    const closing = redis.resilience.shutdown();
    await expect(redis.get('k')).rejects.toMatchObject({ kind: 'closed' });
    await expect(under).resolves.toBe('OK');
    await closing;
    await redis.resilience.shutdown();
  });

  it('ends everything at once when it is told to', async (test) => {
    const control = await server(test);
    const redis = await connected(test, version, control.port);
    await control.freeze();
    const failing: Promise<unknown> = redis.incr('n').catch((error: unknown) => error);
    await redis['disconnect']();
    expect(await failing).toMatchObject({
      kind: 'closed',
      execution: 'unknown',
      message: 'Disconnects client',
    });
    control.thaw();
  });

  it('is switched off and on while it runs', async (test) => {
    const control = await server(test);
    const redis = await connected(test, version, control.port);
    redis.resilience.isolate();
    await expect(redis.get('k')).rejects.toMatchObject({ kind: 'circuit-open' });
    redis.resilience.mode = 'off';
    await expect(redis.get('k')).resolves.toBeNull();
    redis.resilience.mode = 'enforce';
    redis.resilience.restore();
    await expect.poll(() => redis.resilience.state).toBe('closed');
    expect(() => (redis.resilience.mode = 'dry-run' as never)).toThrow(/mode/);
  });

  it('sees a frozen server as not healthy within the deadline, though it seems ready', async (test) => {
    const control = await server(test);
    const redis = await connected(test, version, control.port);
    expect(await redis.resilience.health()).toMatchObject({ ok: true, failure: null });
    await control.freeze();
    const startedAt = performance.now();
    expect(await redis.resilience.health({ deadlineMs: 100 })).toMatchObject({
      ok: false,
      latencyMs: null,
    });
    expect(performance.now() - startedAt).toBeLessThan(400);
    expect(redis.isReady).toBe(true);
    control.thaw();
    await expect.poll(async () => (await redis.resilience.health()).ok).toBe(true);
  });

  it(
    'leaks no listener and no socket over 30 lost connections',
    { timeout: 30_000 },
    async (test) => {
      const control = await server(test);
      const redis = await connected(test, version, control.port, {
        ...BRISK,
        connection: { ...BRISK.connection, baseDelayMs: 5, maxDelayMs: 20 },
      });
      const sockets = () =>
        process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
      const before = [sockets(), redis['listenerCount']('error')];
      for (let cut = 0; cut < 30; cut++) {
        await control.command('CLIENT', 'KILL', 'TYPE', 'normal');
        await expect
          .poll(() => redis.set('k', 'v').catch(() => undefined), { interval: 5 })
          .toBe('OK');
      }
      await expect.poll(() => [sockets(), redis['listenerCount']('error')]).toEqual(before);
    },
  );

  it.each([
    ['after shutdown, with the server gone', 'await redis.resilience.shutdown({ drainMs: 200 });'],
    ['after destroy, with calls under way', 'void redis.incr("n"); await redis.disconnect();'],
  ])('leaves nothing that keeps the process alive %s', async (_name, end) => {
    const control = await server({ onTestFinished: (stop) => onExit.push(stop as () => unknown) });
    const code = `
      import { createClient } from 'redis-${version.major}';
      import { resilient } from 'redis-resilience';
      const redis = resilient(createClient({ url: '${control.url}' }), { logger: false });
      await redis.connect();
      await redis.set('k', 'v');
      process.send('connected');
      await new Promise((resolve) => process.once('message', resolve));
      process.disconnect();
      for (let count = 0; count < 20; count++) void redis.incr('fire and forget');
      ${end}
    `;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    await control.kill();
    child.send('go');
    const [exitCode] = (await once(child, 'exit')) as [number];
    expect(exitCode).toBe(0);
    for (const stop of onExit.splice(0)) await stop();
  });
});

const onExit: (() => unknown)[] = [];
