import winston from 'winston';
import type { LogEntry, LogSink } from '../options/types.ts';

/** Its name among winston's loggers, which the ESM and the CommonJS copy of this library share. */
const NAME = 'redis-resilience';

/**
 * The logger of those who gave none: JSON on stderr from level `warn`. One for the whole process, made
 * at its first line, so that a client costs no stream.
 */
export const defaultLogger: LogSink = {
  log(entry: LogEntry): unknown {
    const logger = winston.loggers.has(NAME) ? winston.loggers.get(NAME) : createLogger();
    return logger.log(entry);
  },
};

function createLogger(): winston.Logger {
  return winston.loggers.add(NAME, {
    level: 'warn',
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    transports: [
      new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] }),
    ],
  });
}
