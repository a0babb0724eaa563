import { describe, expect, it } from 'vitest';
import { majors } from '../support/clients.ts';
import { BRISK, connected, server, wrap } from './wrapped.ts';

const boom = () => {
  throw new Error('a guest misbehaves');
};
const never = () => new Promise<never>(() => undefined);

describe.each(majors)('guests of $name', (version) => {
  it('may throw in every listener and every line', async (test) => {
    const control = await server(test);
    const redis = await connected(test, version, control.port, { ...BRISK, logger: { log: boom } });
    redis.resilience.on('*', boom);
    for (const event of ['connect', 'ready', 'error', 'reconnecting', 'end']) redis.on(event, boom);
    await control.command('CLIENT', 'KILL', 'TYPE', 'normal');
    await expect.poll(() => redis.set('k', 'v').catch(() => undefined)).toBe('OK');
    await control.kill();
    await expect(redis.get('k')).rejects.toMatchObject({ kind: 'transport' });
    await control.restart();
    await expect
      .poll(() => redis.set('k', 'v').catch(() => undefined), { timeout: 5_000 })
      .toBe('OK');
  });

  it('may answer for Redis in an outage, and never answer either', async (test) => {
    const control = await server(test);
    const redis = await connected(test, version, control.port, {
      ...BRISK,
      timeout: { attemptMs: 200, totalMs: 400 },
      fallback: (error) => error.kind,
    });
    const other = redis.resilience.with({ fallback: never });
    const thrower = redis.resilience.with({ fallback: boom });
    await redis.set('text', 'v');
    await expect(redis['lPush']('text', 'v')).rejects.toMatchObject({ kind: 'command' });
    await control.kill();
    const before = redis.resilience.stats().calls;
    const events: string[] = [];
    redis.resilience.on('*', ({ type }) => type.startsWith('call.') && events.push(type));
    await expect(redis.get('k')).resolves.toMatch(/timeout|transport/);
    expect(redis.resilience.stats().calls).toEqual({ ...before, fallbacks: 1 });
    expect(events).toEqual(['call.fallback']);
    await expect(other.get('k')).rejects.toMatchObject({ kind: /timeout|transport/ });
    await expect(thrower.get('k')).rejects.toMatchObject({ kind: /timeout|transport/ });
  });

  it('may withhold credentials: connect() rejects, and the next answer is used', async (test) => {
    const { port } = await server(test, { password: 'right' });
    const answers: (() => Promise<{ password: string }>)[] = [never, boom];
    const credentials = () => (answers.shift() ?? (() => Promise.resolve({ password: 'right' })))();
    const options = { ...BRISK, connection: { connectMs: 200, maxDelayMs: 50 }, credentials };
    const redis = wrap(test, version, port, options);
    await expect(redis.connect()).rejects.toMatchObject({ kind: /auth|transport/ });
    await expect.poll(() => redis.set('k', 'v').catch(() => undefined)).toBe('OK');
  });

  it('are asked for other credentials once the server refused the first', async (test) => {
    const control = await server(test, { password: 'right' });
    const { port } = control;
    const passwords = ['wrong', 'wrong', 'right'];
    let asked = 0;
    const credentials = () => Promise.resolve({ password: passwords[asked++] ?? 'right' });
    const redis = wrap(test, version, port, { ...BRISK, credentials });
    await expect(redis.connect()).rejects.toMatchObject({ kind: 'auth' });
    await expect
      .poll(() => redis.set('k', 'v').catch(() => undefined), { timeout: 5_000 })
      .toBe('OK');
    // The refused password was presented once only: the same answer is not tried again.
    expect(await control.command('INFO', 'commandstats')).toMatch(
      /cmdstat_(auth|hello):.*failed_calls=1\b/,
    );
  });

  it("may give up through the client's own reconnect strategy", async (test) => {
    const control = await server(test);
    const reconnectStrategy = (tries: number) => (tries < 3 ? 10 : new Error('enough'));
    const redis = await connected(test, version, control.port, BRISK, {
      socket: { reconnectStrategy },
    });
    const gaveUp: unknown[] = [];
    redis.resilience.on('client.gave-up', (event) => gaveUp.push(event));
    await control.kill();
    await expect.poll(() => gaveUp.length).toBe(1);
    await expect(redis.get('k')).rejects.toMatchObject({
      kind: 'closed',
      message: 'The client is closed',
    });
    await control.restart();
    await redis.connect();
    await expect(redis.set('k', 'v')).resolves.toBe('OK');
  });
});
