import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CredentialSource } from '../../../src/connection/credentials.ts';
import type { Credentials } from '../../../src/options/types.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const login = (password: string): Credentials => ({ username: 'app', password });

describe('CredentialSource', () => {
  it('leaves the template with its own where there is no function', async () => {
    const source = new CredentialSource(undefined, 1_000);
    await expect(source.next()).resolves.toBeUndefined();
    expect(source.canRenew).toBe(false);
    expect(source.refused()).toBe(false);
    await expect(source.next()).resolves.toBeUndefined();
  });

  it('asks before every connection, and leaves no timer', async () => {
    let count = 0;
    const source = new CredentialSource(() => login(`secret ${++count}`), 1_000);
    expect(source.canRenew).toBe(true);
    await expect(source.next()).resolves.toEqual(login('secret 1'));
    await expect(source.next()).resolves.toEqual(login('secret 2'));
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not wait longer than for a connection', async () => {
    const source = new CredentialSource(() => new Promise(() => undefined), 1_000);
    const asked = source.next().catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(1_000);
    await expect(asked).resolves.toMatchObject({
      kind: 'auth',
      execution: 'not-sent',
      message: 'The credentials function did not answer within 1000 ms',
    });
  });

  it.each([
    {
      title: 'throws',
      ask: () => {
        throw new Error('vault');
      },
    },
    { title: 'rejects', ask: () => Promise.reject(new Error('vault')) },
  ])('fails with the cause where the function $title', async ({ ask }) => {
    const source = new CredentialSource(ask, 1_000);
    await expect(source.next()).rejects.toMatchObject({
      kind: 'auth',
      message: 'The credentials function failed',
      cause: new Error('vault'),
    });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not present again what was refused, until there is something else', async () => {
    let current = login('old');
    const source = new CredentialSource(() => ({ ...current }), 1_000);
    await source.next();
    expect(source.refused()).toBe(true);
    await expect(source.next()).rejects.toMatchObject({
      kind: 'auth',
      execution: 'not-sent',
      message: 'The server refused the credentials, and there are no new ones yet',
    });
    current = login('new');
    await expect(source.next()).resolves.toEqual(login('new'));
  });

  it.each([
    { title: 'another user', next: { username: 'other', password: 'old' } },
    { title: 'no user', next: { password: 'old' } },
  ])('takes $title for something else', async ({ next }) => {
    let current: Credentials = login('old');
    const source = new CredentialSource(() => current, 1_000);
    await source.next();
    source.refused();
    current = next;
    await expect(source.next()).resolves.toEqual(next);
  });

  it('forgets a refusal once the server took some', async () => {
    let current = login('old');
    const source = new CredentialSource(() => current, 1_000);
    await source.next();
    source.refused();
    current = login('new');
    await source.next();
    source.markAccepted();
    current = login('old');
    await expect(source.next()).resolves.toEqual(login('old'));
  });

  it('takes a refusal of what was let in elsewhere for news of old ones', async () => {
    const source = new CredentialSource(() => login('new'), 1_000);
    await source.next();
    source.markAccepted();
    // Another connection had still presented the old ones.
    source.refused();
    await expect(source.next()).resolves.toEqual(login('new'));
    source.refused();
    await expect(source.next()).rejects.toMatchObject({ kind: 'auth' });
  });
});
