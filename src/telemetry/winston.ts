import winston from 'winston';
import type { LogEntry, LogSink } from '../options/types.ts';

let shared: LogSink | undefined;

/**
 * The logger of those who gave none: JSON on stderr from level `warn`. One for the whole process, made
 * at its first line, so that a client costs no stream.
 */
export const defaultLogger: LogSink = {
  log(entry: LogEntry): unknown {
    shared ??= winston.createLogger({
      level: 'warn',
      format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
      transports: [
        new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] }),
      ],
    });
    return shared.log(entry);
  },
};
