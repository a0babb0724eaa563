import winston from 'winston';
import type { LogEntry, LogSink } from '../options/types.ts';
import { outliveFailures } from './logger-failures.ts';

/** Its name among winston's loggers, which the ESM and the CommonJS copy of this library share. */
const NAME = 'redis-resilience';
/** From here on it writes, unless its user sets another. */
const LEVEL = 'warn';

/**
 * The logger of those who gave none: JSON on stderr from level `warn`. One for the whole process, made
 * at its first line, so that a client costs no stream.
 */
export const defaultLogger: LogSink & Pick<winston.Logger, 'isLevelEnabled'> = {
  isLevelEnabled(level: string): boolean {
    if (winston.loggers.has(NAME)) return winston.loggers.get(NAME).isLevelEnabled(level);
    return level === 'error' || level === LEVEL;
  },
  log(entry: LogEntry): unknown {
    const logger = winston.loggers.has(NAME) ? winston.loggers.get(NAME) : createLogger();
    outliveFailures(logger);
    return logger.log(entry);
  },
};

/** A format as winston's `createLogger` takes it, told without winston's own types. */
export interface LineFormat {
  readonly options?: object;
  readonly transform: <Info>(info: Info, options?: unknown) => Info | boolean;
}

/**
 * A winston format for people: the time, the level, the sentence and then every field that is not the
 * same in each line, as `name=value`.
 */
export function readableFormat(): LineFormat {
  const { combine, timestamp, printf } = winston.format;
  const line = printf(({ timestamp: time, level, message, ...fields }) => {
    const shown = Object.entries(fields)
      .filter(([name]) => !SAID_ALREADY.has(name))
      .map(([name, value]) => `${name.replace(/^redis\./, '')}=${shortly(value)}`);
    return [time, level.padEnd(5), message, ...shown].join(' ');
  });
  return combine(timestamp({ format: 'HH:mm:ss.SSS' }), line) as unknown as LineFormat;
}

/** Fields that the sentence repeats. */
const SAID_ALREADY = new Set([
  'event.name',
  'db.system.name',
  'db.operation.name',
  'redis.client.name',
  'server.address',
  'server.port',
  'error.message',
]);

const shortly = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

function createLogger(): winston.Logger {
  return winston.loggers.add(NAME, {
    level: LEVEL,
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: [
      new winston.transports.Console({ stderrLevels: Object.keys(winston.config.npm.levels) }),
    ],
  });
}
