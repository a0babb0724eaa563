/* Lines for syslog as RFC 5424 over TCP: `syslog.ts <port>`; the message is JSON. */
import winston from 'winston';
import { Syslog } from 'winston-syslog';
import { outage } from './outage.ts';

const syslog = new Syslog({
  host: '127.0.0.1',
  port: Number(process.argv[2] ?? 514),
  protocol: 'tcp4',
  type: '5424',
  app_name: 'shop',
  eol: '\n',
});
const logger = winston.createLogger({
  // syslog's names of the levels: 'warning' for 'warn'.
  levels: winston.config.syslog.levels,
  format: winston.format.json(),
  transports: [syslog],
});
// What fails is otherwise told once, as a warning of the process.
logger.on('error', console.error);

await outage(logger);
// The transport connects again for ever, which keeps a process from ending by itself.
logger.once('finish', () => process.exit());
logger.end();
