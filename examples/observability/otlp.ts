/* Log records over OTLP, to a collector: `otlp.ts http://localhost:4318/v1/logs`. */
import { logs } from '@opentelemetry/api-logs';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { OpenTelemetryTransportV3 } from '@opentelemetry/winston-transport';
import winston from 'winston';
import { outage } from './outage.ts';

const exporter = new OTLPLogExporter({ url: process.argv[2] ?? 'http://localhost:4318/v1/logs' });
const provider = new LoggerProvider({
  resource: resourceFromAttributes({ 'service.name': 'shop' }),
  processors: [new BatchLogRecordProcessor({ exporter })],
});
logs.setGlobalLoggerProvider(provider);

await outage(winston.createLogger({ transports: [new OpenTelemetryTransportV3()] }));
await provider.shutdown();
