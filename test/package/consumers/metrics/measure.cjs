const { metrics } = require('@opentelemetry/api');
const {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} = require('@opentelemetry/sdk-metrics');
const { createClient } = require('redis-4');
const { resilient } = require('redis-resilience');
const { openTelemetry } = require('redis-resilience/opentelemetry');

const exporter = new InMemoryMetricExporter(1);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 });
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));

async function main() {
  const client = createClient({ url: process.env.REDIS_URL });
  const redis = resilient(client, { telemetry: openTelemetry() });
  await redis.connect();
  await redis.ping();
  await redis.quit();
  await reader.forceFlush();
  const [{ scopeMetrics }] = exporter.getMetrics();
  console.log(scopeMetrics[0].metrics.length);
  await reader.shutdown();
}

main();
