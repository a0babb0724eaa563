import { Writable } from 'node:stream';
import winston from 'winston';

/** What a line of the log says. */
export interface JsonLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** A winston logger that writes JSON, and the lines that were read back from what it wrote. */
export function jsonLog(level = 'info'): {
  logger: winston.Logger;
  lines: JsonLine[];
  text: string[];
} {
  const lines: JsonLine[] = [];
  const text: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text.push(chunk.toString());
      lines.push(JSON.parse(chunk.toString()) as JsonLine);
      done();
    },
  });
  const transports = [new winston.transports.Stream({ stream })];
  const format = winston.format.combine(winston.format.timestamp(), winston.format.json());
  return { logger: winston.createLogger({ level, format, transports }), lines, text };
}

/** The name of a line's event. */
export const eventOf = (line: JsonLine): string =>
  String(line['event.name']).replace('redis.resilience.', '');
