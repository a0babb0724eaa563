import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resilient, type Resilient } from 'redis-resilience';
import { openTelemetry } from 'redis-resilience/opentelemetry';
import { freePort } from '../support/free-port.ts';
import { root } from '../support/program.ts';
import { Prometheus, promtool, type Alert } from '../support/prometheus.ts';
import { RedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const folder = join(root, 'examples/observability');
const shipped = readFileSync(join(folder, 'alerts.yml'), 'utf8');

/** As shipped, but for an outage of seconds. */
const hurried = shipped.replace(/for: \d+\w/g, 'for: 1s').replace(/\[1m\]/g, '[4s]');

/** What Grafana fills in. */
const filled = (query: string) =>
  query.replaceAll('$__rate_interval', '4s').replaceAll('$client', '.*');

describe('the alert rules', () => {
  it('load', () => {
    expect(promtool(folder, 'check', 'rules', 'alerts.yml')).toContain('SUCCESS: 8 rules found');
  });

  it('pass their unit tests, which name each of them', () => {
    expect(promtool(folder, 'test', 'rules', 'alerts.test.yml')).toContain('SUCCESS');
    const tests = readFileSync(join(folder, 'alerts.test.yml'), 'utf8');
    const names = [...shipped.matchAll(/alert: (\w+)/g)].map(([, name = '']) => name);
    expect(names.filter((name) => !tests.includes(`alertname: ${name}\n`))).toEqual([]);
  });
});

describe('an outage', () => {
  const begin = new Date();
  let server: RedisServer;
  let provider: MeterProvider;
  let prometheus: Prometheus;
  let redis: Resilient<ReturnType<typeof createClient>>;
  /** Whose callers do not notice an outage. */
  let rescued: Resilient<ReturnType<typeof createClient>>;
  let load: NodeJS.Timeout;

  const named = async (name: string, client = 'shop'): Promise<Alert | undefined> =>
    (await prometheus.alerts()).find(
      ({ labels }) => labels['alertname'] === name && labels['redis_client_name'] === client,
    );

  beforeAll(async () => {
    const port = await freePort();
    provider = new MeterProvider({
      readers: [new PrometheusExporter({ port, host: '127.0.0.1' })],
    });
    server = await RedisServer.start();
    prometheus = await Prometheus.start(port, hurried);
    const telemetry = openTelemetry({ meter: provider.getMeter('test'), tracer: false });
    const options = { breaker: { disconnectedMs: 200 }, logger: false, telemetry } as const;
    redis = resilient(createClient({ url: server.url }), { ...options, name: 'shop' });
    rescued = resilient(createClient({ url: server.url }), {
      ...options,
      name: 'rescued',
      fallback: () => 'stale',
    });
    await Promise.all([redis.connect(), rescued.connect()]);
    load = setInterval(() => {
      for (const client of [redis, rescued]) void client.get('key').catch(() => undefined);
    }, 10);
  });

  afterAll(async () => {
    clearInterval(load);
    for (const client of [redis, rescued]) await client.resilience.shutdown({ drainMs: 0 });
    await Promise.all([prometheus.stop(), provider.shutdown(), server.stop()]);
  });

  it('is told by an alert that fires, and ends with it', async () => {
    await until('calls are measured', async () => {
      const series = await prometheus.range('redis_resilience_calls_total', begin);
      return series.filter(({ values }) => Number(values.at(-1)?.[1]) > 50).length === 2;
    });
    expect(await prometheus.alerts()).toEqual([]);
    // Commands that it got and did not answer are tried again.
    await server.freeze();
    await sleep(100);
    await server.kill();
    const fired = await until('the alert fires', async () => {
      const alert = await named('RedisCircuitOpen');
      return alert?.state === 'firing' && alert;
    });
    expect(fired).toMatchObject({
      labels: { severity: 'critical', redis_client_name: 'shop' },
      annotations: { summary: "Redis client 'shop' refuses calls: its circuit is open" },
    });
    for (const client of ['shop', 'rescued']) {
      await until(`calls of '${client}' are seen to fail`, async () => {
        return (await named('RedisCallsFailing', client))?.state === 'firing';
      });
    }
    expect(rescued.resilience.stats().calls.failed).toBe(0);
    await server.restart();
    await until('the alerts resolve', async () => {
      const names = (await prometheus.alerts()).map(({ labels }) => labels['alertname']);
      return !names.includes('RedisCircuitOpen') && !names.includes('RedisCallsFailing');
    });
    expect(await prometheus.failingRules()).toEqual([]);
  }, 60_000);

  interface Panel {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }
  const { panels } = JSON.parse(readFileSync(join(folder, 'dashboard.json'), 'utf8')) as {
    panels: Panel[];
  };
  const queries = panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({ title, expr })),
  );

  it.each(queries)('is on the dashboard: $title, $expr', async ({ expr }) => {
    const series = await prometheus.range(filled(expr), begin);
    const values = series.flatMap((one) => one.values.map(([, value]) => Number(value)));
    expect(values.filter(Number.isFinite)).not.toEqual([]);
  });

  it('shows what happened: retries, fallbacks, a circuit that opened and closed, connections lost and made', async () => {
    const total = async (metric: string, label: string, client = 'shop') => {
      const labels = `redis_client_name="${client}",${label}`;
      const query = `sum(redis_resilience_${metric}_total{${labels}})`;
      const series = await prometheus.range(query, begin);
      return Number(series[0]?.values.at(-1)?.[1]);
    };
    const open = 'error_type="circuit-open"';
    expect(await total('retries', 'error_type="transport"')).toBeGreaterThan(0);
    expect(await total('call_refusals', open)).toBeGreaterThan(0);
    expect(await total('call_fallbacks', open)).toBe(0);
    expect(await total('call_fallbacks', open, 'rescued')).toBeGreaterThan(0);
    expect(await total('call_refusals', open, 'rescued')).toBe(0);
    expect(await total('circuit_transitions', 'redis_circuit_state="closed"')).toBe(1);
    const event = 'redis_connection_event=';
    expect(await total('connection_events', `${event}"connection.lost"`)).toBe(1);
    expect(await total('connection_events', `${event}"connection.ready"`)).toBe(2);
  });
});
