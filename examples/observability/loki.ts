/* Lines for Grafana Loki, sent in batches: `loki.ts http://localhost:3100`. */
import winston from 'winston';
import LokiTransport from 'winston-loki';
import { outage } from './outage.ts';

const loki = new LokiTransport({
  host: process.argv[2] ?? 'http://localhost:3100',
  labels: { app: 'shop' },
  json: true,
  format: winston.format.json(),
  onConnectionError: console.error,
});

await outage(winston.createLogger({ transports: [loki] }));
// Sends what is left.
await loki.close();
