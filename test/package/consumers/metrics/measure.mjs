import { metrics } from '@opentelemetry/api';
import {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { createClient } from 'redis-6';
import { resilient } from 'redis-resilience';
import { openTelemetry } from 'redis-resilience/opentelemetry';

const exporter = new InMemoryMetricExporter(1);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));

const client = createClient({ url: process.env.REDIS_URL });
const redis = resilient(client, { telemetry: openTelemetry() });
await redis.connect();
await redis.ping();
await redis.close();
await reader.forceFlush();
const [{ scopeMetrics }] = exporter.getMetrics();
console.log(scopeMetrics[0].metrics.length);
await reader.shutdown();
