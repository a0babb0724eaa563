import { Writable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import winston from 'winston';
import { defaultLogger, readableFormat } from '../../../src/telemetry/winston.ts';

const NAME = 'redis-resilience';

afterEach(() => {
  winston.loggers.close(NAME);
  vi.restoreAllMocks();
});

const line = (level: string) => ({
  level,
  message: 'the circuit opened',
  'redis.cause': 'isolated',
});

describe('the default logger', () => {
  const consoleOf = (stream: '_stdout' | '_stderr') =>
    (console as unknown as Record<string, NodeJS.WriteStream>)[stream]!;

  it('writes one line of JSON per entry to stderr, from warn on', () => {
    const stderr = vi.spyOn(consoleOf('_stderr'), 'write').mockReturnValue(true);
    const stdout = vi.spyOn(consoleOf('_stdout'), 'write').mockReturnValue(true);
    for (const level of ['error', 'warn', 'info', 'debug']) defaultLogger.log(line(level));
    const lines = stderr.mock.calls.map(([text]) => String(text));
    expect(lines.map((text) => text.endsWith('\n') && text.split('\n').length)).toEqual([2, 2]);
    expect(lines.map((text) => JSON.parse(text) as unknown)).toEqual(
      ['error', 'warn'].map((level) => ({ ...line(level), timestamp: expect.any(String) })),
    );
    expect(stdout).not.toHaveBeenCalled();
  });

  it('keeps to stderr at any level that it is set to', () => {
    const stderr = vi.spyOn(consoleOf('_stderr'), 'write').mockReturnValue(true);
    defaultLogger.log(line('error'));
    winston.loggers.get(NAME).level = 'silly';
    for (const level of Object.keys(winston.config.npm.levels)) defaultLogger.log(line(level));
    expect(stderr).toHaveBeenCalledTimes(8);
  });

  it('says what it writes, before and after it was made', () => {
    vi.spyOn(consoleOf('_stderr'), 'write').mockReturnValue(true);
    const enabled = () =>
      ['error', 'warn', 'info', 'debug'].filter((level) => defaultLogger.isLevelEnabled(level));
    expect(enabled()).toEqual(['error', 'warn']);
    expect(winston.loggers.has(NAME)).toBe(false);
    defaultLogger.log(line('error'));
    expect(enabled()).toEqual(['error', 'warn']);
    winston.loggers.get(NAME).level = 'debug';
    expect(enabled()).toEqual(['error', 'warn', 'info', 'debug']);
  });
});

describe('the readable format', () => {
  it('is the time, the level, the sentence and what it does not say', () => {
    const lines: string[] = [];
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        lines.push(chunk.toString());
        done();
      },
    });
    const logger = winston.createLogger({
      format: readableFormat(),
      transports: [new winston.transports.Stream({ stream })],
    });
    logger.log({
      level: 'warn',
      message: "Redis client 'cache': the circuit closed after 1.0 s; 3 calls failed",
      'event.name': 'redis.resilience.circuit.closed',
      'db.system.name': 'redis',
      'redis.client.name': 'cache',
      'redis.retries': 2,
      'redis.failures': { timeout: { count: 3 } },
    });
    expect(lines).toEqual([
      expect.stringMatching(
        /^\d\d:\d\d:\d\d\.\d{3} warn {2}Redis client 'cache': the circuit closed after 1\.0 s; 3 calls failed retries=2 failures=\{"timeout":\{"count":3\}\}\n$/,
      ),
    ]);
  });
});
