import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import winston from 'winston';
import { outliveFailures } from '../../../src/telemetry/logger-failures.ts';

let warned: MockInstance<typeof process.emitWarning>;

beforeEach(() => {
  warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
});

const refused = () =>
  Object.assign(new Error('to https://user:hunter2@logs'), { code: 'EREFUSED' });
const loggerOf = () => winston.createLogger({ transports: [new winston.transports.Console()] });

describe('a logger that nobody listens to', () => {
  it('fails without ending the process, and is told of once', () => {
    const logger = loggerOf();
    outliveFailures(logger);
    logger.transports[0]?.emit('error', refused());
    logger.transports[0]?.emit('error', refused());
    expect(warned.mock.calls).toEqual([
      [expect.stringContaining('A logger failed (EREFUSED)'), 'RedisResilienceWarning'],
    ]);
    expect(warned.mock.calls[0]?.[0]).not.toContain('hunter2');
  });

  it.each([
    { error: new TypeError('mine'), code: 'TypeError' },
    { error: 'mine', code: 'string' },
    { error: undefined, code: 'undefined' },
  ])('is told of by what there is: $code', ({ error, code }) => {
    const logger = loggerOf();
    outliveFailures(logger);
    logger.emit('error', error);
    expect(warned).toHaveBeenCalledWith(expect.stringContaining(`(${code})`), expect.anything());
  });

  it('gets one listener, however many clients log to it', () => {
    const logger = loggerOf();
    for (let client = 0; client < 3; client++) outliveFailures(logger);
    expect(logger.listenerCount('error')).toBe(1);
  });
});

describe('a logger with a listener', () => {
  it.each(['before', 'after'])('is left to it: %s', (when) => {
    const logger = loggerOf();
    const heard = vi.fn();
    if (when === 'before') logger.on('error', heard);
    outliveFailures(logger);
    if (when === 'after') logger.on('error', heard);
    logger.emit('error', refused());
    expect(heard).toHaveBeenCalledOnce();
    expect(warned).not.toHaveBeenCalled();
  });
});

it('is content with a logger that states nothing', () => {
  expect(() => {
    outliveFailures({ log: () => undefined });
  }).not.toThrow();
});
