import { afterEach, describe, expect, it, vi } from 'vitest';
import { settingsOf } from '../../../src/options/settings.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('settingsOf', () => {
  it('fills every gap with the defaults of the design', () => {
    expect(settingsOf({})).toEqual({
      name: 'redis',
      breaker: {
        failureRate: 0.5,
        minimumFailures: 10,
        consecutiveFailures: 10,
        windowMs: 10_000,
        disconnectedMs: 1_000,
        openDurationMs: 1_000,
        maxOpenDurationMs: 30_000,
        halfOpenProbes: 3,
      },
      bulkhead: { maxInFlight: 5_000, maxWaiting: 100_000, maxWaitingOffline: 1_000 },
      connection: {
        connectMs: 2_000,
        silenceMs: 2_000,
        heartbeatMs: 10_000,
        baseDelayMs: 50,
        maxDelayMs: 1_000,
      },
      retry: {
        maxAttempts: 3,
        baseDelayMs: 20,
        maxDelayMs: 1_000,
        busyDelayMs: 200,
        budgetRatio: 0.2,
        budgetPerSecond: 10,
        replay: 'same-reply',
      },
      credentials: undefined,
      logger: undefined,
      log: { summaryMs: 60_000, successRate: 1 },
      logLevels: {},
      mode: 'enforce',
      stackTraces: false,
    });
  });

  it('takes what is given, and does not take undefined for a value', () => {
    const logger = { log: () => undefined };
    const credentials = () => ({ password: 'p' });
    const settings = settingsOf({
      name: 'cache',
      breaker: { failureRate: 0.1, minimumFailures: undefined as never },
      connection: { connectMs: 50 },
      logger,
      credentials,
      stackTraces: true,
      mode: 'off',
    });
    expect(settings).toMatchObject({ name: 'cache', mode: 'off', stackTraces: true });
    expect(settings.breaker).toMatchObject({ failureRate: 0.1, minimumFailures: 10 });
    expect(settings.connection.connectMs).toBe(50);
    expect(settings.logger).toBe(logger);
    expect(settings.credentials).toBe(credentials);
    expect(settingsOf({ logger: false }).logger).toBe(false);
  });

  it('switches the breaker and the bulkhead off', () => {
    const { breaker, bulkhead } = settingsOf({ breaker: false, bulkhead: false });
    expect(breaker).toBe(false);
    expect(bulkhead).toEqual({
      maxInFlight: Infinity,
      maxWaiting: Infinity,
      maxWaitingOffline: Infinity,
    });
  });

  it.each([
    {
      title: 'a longest delay below the first one shrinks the first',
      given: { maxDelayMs: 10 },
      expected: { baseDelayMs: 10, maxDelayMs: 10 },
    },
    {
      title: 'a first delay above the longest one stretches the longest',
      given: { baseDelayMs: 5_000 },
      expected: { baseDelayMs: 5_000, maxDelayMs: 5_000 },
    },
    {
      title: 'both as given where they hold together',
      given: { baseDelayMs: 7, maxDelayMs: 8 },
      expected: { baseDelayMs: 7, maxDelayMs: 8 },
    },
  ])('fits what is not given to what is: $title', ({ given, expected }) => {
    expect(settingsOf({ connection: given }).connection).toMatchObject(expected);
    expect(settingsOf({ retry: given }).retry).toMatchObject(expected);
  });

  it('fits the time that the circuit stays open', () => {
    const breaker = (given: object) => settingsOf({ breaker: given }).breaker;
    expect(breaker({ maxOpenDurationMs: 300 })).toMatchObject({ openDurationMs: 300 });
    expect(breaker({ openDurationMs: 60_000 })).toMatchObject({ maxOpenDurationMs: 60_000 });
  });

  describe('REDIS_RESILIENCE_MODE', () => {
    it('wins over the option', () => {
      vi.stubEnv('REDIS_RESILIENCE_MODE', 'off');
      expect(settingsOf({ mode: 'enforce' }).mode).toBe('off');
      expect(settingsOf({}).mode).toBe('off');
      vi.stubEnv('REDIS_RESILIENCE_MODE', 'enforce');
      expect(settingsOf({ mode: 'off' }).mode).toBe('enforce');
    });

    it.each([{ mode: 'on' }, { mode: 'OFF' }, { mode: 'dry-run' }])(
      'is refused by its own name when it is $mode',
      ({ mode }) => {
        vi.stubEnv('REDIS_RESILIENCE_MODE', mode);
        expect(() => settingsOf({})).toThrow(
          new RegExp(`^Cannot use REDIS_RESILIENCE_MODE: '${mode}' was given, allowed is .*'off'`),
        );
      },
    );
  });
});
