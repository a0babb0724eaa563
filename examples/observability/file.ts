/* Lines in a file that is rotated and cleaned up: `file.ts <folder> [size of a file]`. */
import winston from 'winston';
import DailyRotateFile from 'winston-daily-rotate-file';
import { outage } from './outage.ts';

const file = new DailyRotateFile({
  dirname: process.argv[2] ?? 'logs',
  filename: 'shop-%DATE%.log',
  maxSize: process.argv[3] ?? '20m',
  maxFiles: '14d',
});
const logger = winston.createLogger({
  format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
  transports: [file],
});
// What fails is otherwise told once, as a warning of the process.
logger.on('error', console.error);

await outage(logger);
logger.end();
