import { describe, expect, it } from 'vitest';
import { settingsOf } from '../../../src/options/settings.ts';
import { validateMode } from '../../../src/options/validate.ts';

const DURATION = 'a number of milliseconds from 1 to 2,147,483,647';
const DELAY = 'a number of milliseconds from 0 to 2,147,483,647';
const RATE = 'a number from 0 to 1';
const COUNT = 'a whole number of at least 1';
const REPLAY = "'never', 'reads', 'same-reply', 'same-state'";

interface Row {
  readonly options: unknown;
  readonly option: string;
  readonly value: string;
  readonly allowed: string;
}

const wrong = (options: unknown, option: string, value: string, allowed: string): Row => ({
  options,
  option,
  value,
  allowed,
});

describe('options are refused with the option, the value and what is allowed', () => {
  it.each<Row>([
    wrong({ timeout: { attemptMs: NaN } }, 'timeout.attemptMs', 'NaN', DURATION),
    wrong({ timeout: { attemptMs: 0 } }, 'timeout.attemptMs', '0', DURATION),
    wrong({ timeout: { totalMs: Infinity } }, 'timeout.totalMs', 'Infinity', DURATION),
    wrong({ timeout: { totalMs: 2 ** 31 } }, 'timeout.totalMs', '2147483648', DURATION),
    wrong({ timeout: { blockingGraceMs: -1 } }, 'timeout.blockingGraceMs', '-1', DELAY),
    wrong({ timeout: { attemptMs: '5' } }, 'timeout.attemptMs', "'5'", DURATION),
    wrong({ timeout: { attemptMs: null } }, 'timeout.attemptMs', 'null', DURATION),
    wrong({ timeout: { attemptMs: [5] } }, 'timeout.attemptMs', 'an array', DURATION),
    wrong({ timeout: true }, 'timeout', 'true', 'an object'),
    wrong({ timeout: null }, 'timeout', 'null', 'an object'),
    wrong({ timeout: [] }, 'timeout', 'an array', 'an object'),
    wrong({ timeout: 500 }, 'timeout', '500', 'an object'),
    wrong(
      { timeout: { attempMs: 5 } },
      'timeout.attempMs',
      '5',
      'one of attemptMs, totalMs, blockingGraceMs',
    ),
    wrong(
      { timeout: { attemptMs: 200, totalMs: 100 } },
      'timeout.attemptMs',
      '200',
      'at most timeout.totalMs, which is 100',
    ),
    wrong({ retry: { maxAttempts: 0 } }, 'retry.maxAttempts', '0', COUNT),
    wrong({ retry: { maxAttempts: 2.5 } }, 'retry.maxAttempts', '2.5', COUNT),
    wrong({ retry: { maxAttempts: Infinity } }, 'retry.maxAttempts', 'Infinity', COUNT),
    wrong({ retry: { baseDelayMs: -1 } }, 'retry.baseDelayMs', '-1', DELAY),
    wrong({ retry: { busyDelayMs: NaN } }, 'retry.busyDelayMs', 'NaN', DELAY),
    wrong({ retry: { budgetRatio: 1.1 } }, 'retry.budgetRatio', '1.1', RATE),
    wrong(
      { retry: { budgetPerSecond: -1 } },
      'retry.budgetPerSecond',
      '-1',
      'a number of at least 0',
    ),
    wrong({ retry: { replay: 'always' } }, 'retry.replay', "'always'", REPLAY),
    wrong({ retry: { jitter: true } }, 'retry.jitter', 'true', 'one of maxAttempts, '),
    wrong(
      { retry: { baseDelayMs: 3, maxDelayMs: 2 } },
      'retry.baseDelayMs',
      '3',
      'at most retry.maxDelayMs, which is 2',
    ),
    wrong({ breaker: { failureRate: 50 } }, 'breaker.failureRate', '50', RATE),
    wrong({ breaker: { failureRate: -0.1 } }, 'breaker.failureRate', '-0.1', RATE),
    wrong({ breaker: { minimumFailures: 0 } }, 'breaker.minimumFailures', '0', COUNT),
    wrong({ breaker: { halfOpenProbes: 0 } }, 'breaker.halfOpenProbes', '0', COUNT),
    wrong(
      { breaker: { windowMs: 99 } },
      'breaker.windowMs',
      '99',
      'a number of milliseconds of at least 100',
    ),
    wrong(
      { breaker: { openDurationMs: 5, maxOpenDurationMs: 4 } },
      'breaker.openDurationMs',
      '5',
      'at most breaker.maxOpenDurationMs, which is 4',
    ),
    wrong({ breaker: { rampMs: 1_000 } }, 'breaker.rampMs', '1000', 'nothing yet: '),
    wrong({ breaker: true }, 'breaker', 'true', 'an object'),
    wrong({ bulkhead: { maxInFlight: 0 } }, 'bulkhead.maxInFlight', '0', COUNT),
    wrong({ bulkhead: { maxWaiting: 1.5 } }, 'bulkhead.maxWaiting', '1.5', COUNT),
    wrong({ bulkhead: { maxWaitingOffline: '1' } }, 'bulkhead.maxWaitingOffline', "'1'", COUNT),
    wrong({ connection: false }, 'connection', 'false', 'an object'),
    wrong({ connection: { connectMs: 0 } }, 'connection.connectMs', '0', DURATION),
    wrong(
      { connection: { baseDelayMs: 20, maxDelayMs: 10 } },
      'connection.baseDelayMs',
      '20',
      'at most connection.maxDelayMs, which is 10',
    ),
    wrong({ name: 5 }, 'name', '5', 'a string'),
    wrong({ preset: 'fast' }, 'preset', "'fast'", "'default', 'cache', 'patient'"),
    wrong({ preset: 'toString' }, 'preset', "'toString'", "'default', 'cache', 'patient'"),
    wrong({ fallback: 5 }, 'fallback', '5', 'a function'),
    wrong({ fallback: true }, 'fallback', 'true', 'a function'),
    wrong({ credentials: { password: 's' } }, 'credentials', 'an object', 'a function'),
    wrong(
      { telemetry: {} as never },
      'telemetry',
      'an object',
      "what openTelemetry() of 'redis-resilience/opentelemetry' gives",
    ),
    wrong({ logger: true }, 'logger', 'true', "false, or an object with winston's log(entry)"),
    wrong({ logger: {} }, 'logger', 'an object', "false, or an object with winston's log(entry)"),
    wrong({ log: false }, 'log', 'false', 'an object'),
    wrong({ log: { summaryMs: 0 } }, 'log.summaryMs', '0', DURATION),
    wrong({ log: { successRate: 2 } }, 'log.successRate', '2', RATE),
    wrong({ log: { level: 'warn' } }, 'log.level', 'a string', 'one of summaryMs, successRate'),
    wrong(
      { logger: { log: () => undefined, levels: { fatal: 0, notice: 1 } } },
      'logger',
      'an object',
      "one whose levels have 'debug' for call.succeeded: it has 'fatal', 'notice'; or give logLevels",
    ),
    wrong({ logLevels: 'debug' }, 'logLevels', 'a string', 'an object'),
    wrong(
      { logLevels: { 'circuit.open': 'warn' } },
      'logLevels.circuit.open',
      'a string',
      'one of call.succeeded, call.failed, ',
    ),
    wrong(
      { logLevels: { 'circuit.opened': 'fatal' } },
      'logLevels.circuit.opened',
      "'fatal'",
      "false, 'error', 'warn', 'info', 'http', 'verbose', 'debug', 'silly'",
    ),
    wrong({ logLevels: { summary: true } }, 'logLevels.summary', 'true', "false, 'error'"),
    wrong(
      {
        logger: { log: () => undefined, levels: { alert: 0, notice: 1 } },
        logLevels: { 'circuit.opened': 'error' },
      },
      'logLevels.circuit.opened',
      "'error'",
      "false, 'alert', 'notice'",
    ),
    wrong({ stackTraces: 1 }, 'stackTraces', '1', 'true or false'),
    wrong({ mode: 'on' }, 'mode', "'on'", "'enforce', 'off'"),
    wrong({ mode: 'dry-run' }, 'mode', "'dry-run'", "'enforce' or 'off'"),
    wrong({ commands: [] }, 'commands', 'an array', 'an object'),
    wrong({ commands: { GET: 5 } }, 'commands.GET', '5', 'an object'),
    wrong({ commands: { GET: false } }, 'commands.GET', 'false', 'an object'),
    wrong(
      { commands: { GET: { breaker: false } } },
      'commands.GET.breaker',
      'false',
      'one of timeout, retry, fallback, replay',
    ),
    wrong(
      { commands: { GET: { timeout: { attemptMs: -5 } } } },
      'commands.GET.timeout.attemptMs',
      '-5',
      DURATION,
    ),
    wrong(
      { commands: { GET: { timeout: { attemptMs: 5, totalMs: 4 } } } },
      'commands.GET.timeout.attemptMs',
      '5',
      'at most commands.GET.timeout.totalMs, which is 4',
    ),
    wrong({ commands: { INCR: { replay: true } } }, 'commands.INCR.replay', 'true', REPLAY),
    wrong({ commands: { INCR: { fallback: 1 } } }, 'commands.INCR.fallback', '1', 'a function'),
    wrong({ breakers: false }, 'breakers', 'false', 'one of timeout, retry, fallback, commands, '),
    wrong([], 'options', 'an array', 'an object'),
    wrong(null, 'options', 'null', 'an object'),
    wrong('redis://', 'options', 'a string', 'an object'),
  ])('$option: $value', ({ options, option, value, allowed }) => {
    let message = '';
    try {
      settingsOf(options as never);
    } catch (error) {
      expect(error instanceof TypeError || error instanceof RangeError).toBe(true);
      ({ message } = error as Error);
    }
    expect(message).toContain(`Cannot use ${option}: ${value} was given, allowed is ${allowed}`);
  });

  it.each([
    { options: { timeout: { attemptMs: -1 } }, type: RangeError },
    { options: { mode: 'on' }, type: RangeError },
    { options: { timeout: { attemptMs: true } }, type: TypeError },
    { options: { timeout: { other: 1 } }, type: TypeError },
    { options: { timeout: 1 }, type: TypeError },
  ])('$options is a $type.name', ({ options, type }) => {
    expect(() => settingsOf(options as never)).toThrow(type);
  });

  it.each([
    { title: 'an object holds', options: { credentials: { password: 'hunter2' } } },
    { title: 'stands in the place of a function', options: { credentials: 'hunter2' } },
    { title: 'an unknown option says', options: { url: 'redis://a:hunter2@h' } },
    { title: 'stands in the place of the options', options: 'redis://a:hunter2@h' },
  ])('never print a secret that $title', ({ options }) => {
    expect(() => settingsOf(options as never)).toThrow(
      /^Cannot use (credentials|url|options): an? (object|string) was given, ((?!hunter2).)*$/s,
    );
  });
});

describe('options are accepted', () => {
  it.each([
    { options: { timeout: false, retry: false, breaker: false, bulkhead: false } },
    { options: { timeout: { attemptMs: 1, totalMs: 1, blockingGraceMs: 0 } } },
    { options: { timeout: { totalMs: 2_147_483_647 } } },
    { options: { retry: { maxAttempts: 1, baseDelayMs: 0, maxDelayMs: 0, busyDelayMs: 0 } } },
    { options: { retry: { budgetRatio: 0, budgetPerSecond: 0, replay: 'never' } } },
    { options: { breaker: { failureRate: 1, windowMs: 100, disconnectedMs: 0 } } },
    { options: { breaker: { failureRate: 0 } } },
    { options: { fallback: false, logger: false } },
    { options: { log: { summaryMs: 1, successRate: 0 } } },
    { options: { logLevels: { 'connection.lost': 'warn', summary: false } } },
    { options: { logger: false, logLevels: { 'connection.lost': 'silly' } } },
    {
      options: {
        logger: {
          log: () => undefined,
          levels: { alert: 0, error: 1, warn: 2, info: 3, debug: 4 },
        },
        logLevels: { 'circuit.opened': 'alert' },
      },
    },
    { options: { commands: {} } },
    { options: { name: undefined, mode: undefined, timeout: undefined } },
    { options: { mode: 'off' } },
  ])('$options', ({ options }) => {
    expect(() => settingsOf(options as never)).not.toThrow();
  });
});

describe('validateMode', () => {
  it('names the option that it was asked about', () => {
    expect(() => {
      validateMode('elsewhere', 'on');
    }).toThrow("Cannot use elsewhere: 'on' was given, allowed is 'enforce', 'off'");
  });
});
