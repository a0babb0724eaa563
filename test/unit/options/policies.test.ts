import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../../src/options/defaults.ts';
import { Policies } from '../../../src/options/settings.ts';
import type { ResilienceOptions } from '../../../src/options/types.ts';

const policy = (options: ResilienceOptions, command = 'GET') => Policies.of(options).for(command);

describe('Policies', () => {
  it('give a command the defaults of the design', () => {
    expect(policy({})).toEqual({
      attemptMs: 2_000,
      totalMs: 5_000,
      maxAttempts: 3,
      retry: DEFAULTS.retry,
      fallback: undefined,
      blocking: false,
    });
  });

  it.each([
    { preset: 'default', attemptMs: 2_000, totalMs: 5_000, maxAttempts: 3 },
    { preset: 'cache', attemptMs: 250, totalMs: 500, maxAttempts: 2 },
    { preset: 'patient', attemptMs: 2_000, totalMs: 15_000, maxAttempts: 6 },
  ] as const)('follow the preset $preset', ({ preset, ...expected }) => {
    expect(policy({ preset })).toMatchObject(expected);
  });

  it('let an option win over the preset beside it', () => {
    const given = policy({
      preset: 'cache',
      timeout: { totalMs: 900 },
      retry: { maxAttempts: 5 },
    });
    expect(given).toMatchObject({ attemptMs: 250, totalMs: 900, maxAttempts: 5 });
  });

  it.each([
    { timeout: { totalMs: 500 }, attemptMs: 500, totalMs: 500 },
    { timeout: { attemptMs: 8_000 }, attemptMs: 8_000, totalMs: 8_000 },
    { timeout: { attemptMs: 10, totalMs: 20 }, attemptMs: 10, totalMs: 20 },
  ])('fit what is not given to $timeout', ({ timeout, attemptMs, totalMs }) => {
    expect(policy({ timeout })).toMatchObject({ attemptMs, totalMs });
  });

  it.each<{ title: string; options: ResilienceOptions }>([
    { title: 'the preset', options: { preset: 'cache', timeout: { attemptMs: 1_000 } } },
    {
      title: 'the options of the client',
      options: {
        timeout: { totalMs: 500 },
        commands: { GET: { timeout: { attemptMs: 1_000 } } },
      },
    },
  ])('fit what $title gave to what wins over it', ({ options }) => {
    expect(policy(options)).toMatchObject({ attemptMs: 1_000, totalMs: 1_000 });
  });

  it('switch deadlines and retries off', () => {
    expect(policy({ timeout: false, retry: false })).toMatchObject({
      attemptMs: Infinity,
      totalMs: Infinity,
      maxAttempts: 1,
    });
  });

  it('override a command by its name in any case, and leave the others alone', () => {
    const fallback = () => 1;
    const policies = Policies.of({
      retry: { maxAttempts: 4 },
      commands: {
        incr: { replay: 'never', fallback },
        'XGROUP CREATE': { timeout: { attemptMs: 100 } },
        GET: { timeout: false, retry: false },
      },
    });
    expect(policies.for('INCR')).toMatchObject({
      maxAttempts: 4,
      retry: { replay: 'never' },
      fallback,
    });
    expect(policies.for('XGROUP CREATE').attemptMs).toBe(100);
    expect(policies.for('GET')).toMatchObject({ attemptMs: Infinity, maxAttempts: 1 });
    expect(policies.for('SET')).toMatchObject({
      attemptMs: 2_000,
      maxAttempts: 4,
      retry: { replay: 'same-reply' },
      fallback: undefined,
    });
  });

  it('work a policy out once', () => {
    const policies = Policies.of({});
    expect(policies.for('GET')).toBe(policies.for('GET'));
  });

  it('let a view win over its client, and leave the client as it was', () => {
    const fallback = () => 1;
    const client = Policies.of({
      fallback,
      timeout: { attemptMs: 10, totalMs: 20 },
      commands: { GET: { timeout: { attemptMs: 5 } } },
    });
    const view = client.with({
      timeout: { attemptMs: 7 },
      retry: { maxAttempts: 1 },
      fallback: false,
    });
    expect(view.for('SET')).toMatchObject({
      attemptMs: 7,
      totalMs: 20,
      maxAttempts: 1,
      fallback: undefined,
    });
    expect(view.for('GET').attemptMs).toBe(7);
    expect(client.for('SET')).toMatchObject({ attemptMs: 10, maxAttempts: 3, fallback });
    expect(client.for('GET').attemptMs).toBe(5);
  });

  it('let a view switch a layer on again that its client switched off', () => {
    const client = Policies.of({ timeout: false, retry: false });
    const view = client.with({ timeout: { attemptMs: 30 }, retry: {} });
    expect(view.for('GET')).toMatchObject({ attemptMs: 30, totalMs: 5_000, maxAttempts: 3 });
  });

  it('refuse a view that says what cannot hold', () => {
    const client = Policies.of({});
    expect(() => client.with({ timeout: { attemptMs: 9, totalMs: 8 } })).toThrow(
      'Cannot use timeout.attemptMs: 9 was given, allowed is at most timeout.totalMs, which is 8',
    );
    expect(() => client.with({ breaker: false } as never)).toThrow('Cannot use breaker:');
  });

  describe('of a blocking command', () => {
    it('add the grace to its own timeout, and never try it again', () => {
      const policies = Policies.of({
        timeout: { blockingGraceMs: 300 },
        retry: { maxAttempts: 9 },
      });
      expect(policies.blocking('BLPOP', 2_000)).toMatchObject({
        blocking: true,
        attemptMs: 2_300,
        totalMs: 5_000,
        maxAttempts: 1,
      });
      expect(Policies.of({}).blocking('BLPOP', 1_000).attemptMs).toBe(6_000);
    });

    it.each([
      { title: 'it blocks for ever', options: {}, ownTimeoutMs: Infinity },
      { title: 'deadlines are off', options: { timeout: false }, ownTimeoutMs: 1_000 },
    ] as const)('set no deadline where $title', ({ options, ownTimeoutMs }) => {
      expect(Policies.of(options).blocking('BLPOP', ownTimeoutMs).attemptMs).toBe(Infinity);
    });

    it('leave the command without blocking as it was', () => {
      const policies = Policies.of({});
      policies.blocking('XREAD', 100);
      expect(policies.for('XREAD')).toMatchObject({ blocking: false, maxAttempts: 3 });
    });
  });
});
