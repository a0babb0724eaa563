import { describe, it } from 'vitest';
import { openTelemetry } from 'redis-resilience/opentelemetry';
import { majors } from '../support/clients.ts';
import { measuring } from '../support/metrics.ts';
import { connected, server } from './wrapped.ts';

/** The sum over a metric's series that have these labels. */
function total(series: ReadonlyMap<string, number>, metric: string, ...labels: string[]): number {
  return [...series]
    .filter(([name]) => name.startsWith(`redis.resilience.${metric}{`))
    .filter(([name]) => labels.every((label) => name.includes(label)))
    .reduce((sum, [, value]) => sum + value, 0);
}

describe.for(majors)('the metrics of a client of $name', { concurrent: true }, (version) => {
  it('agree with its own counts, those made from it included', async (test) => {
    const control = await server(test);
    const { meter, collect } = measuring();
    const telemetry = openTelemetry({ meter, tracer: false });
    const options = { name: 'shop', telemetry, retry: false } as const;
    const redis = await connected(test, version, control.port, options);
    const other = redis.duplicate() as typeof redis;
    await other.connect();
    test.onTestFinished(() => other.resilience.shutdown({ drainMs: 0 }));

    await redis.set('text', 'v');
    await Promise.all(Array.from({ length: 20 }, () => redis.get('text')));
    await other.get('text');
    await redis.incr('text').catch(() => undefined);
    redis.resilience.isolate();
    await redis.get('text').catch(() => undefined);
    await redis.resilience.with({ fallback: () => 'stale' }).get('text');

    const series = await collect();
    const { calls, attempts } = redis.resilience.stats();
    const { expect: check } = test;
    check([...series.keys()].filter((name) => !name.includes('redis.client.name=shop'))).toEqual(
      [],
    );
    check([...series.keys()].filter((name) => name.includes('shop:2'))).toEqual([]);
    check(calls).toMatchObject({ succeeded: 21, failed: 2, refused: 1, fallbacks: 1 });
    check(total(series, 'calls')).toBe(calls.succeeded + calls.failed - calls.refused + 1);
    check(total(series, 'calls', 'db.operation.name=GET')).toBe(21);
    check(total(series, 'calls', 'error.type=command')).toBe(1);
    check(total(series, 'call.duration')).toBe(total(series, 'calls'));
    check(total(series, 'call.refusals', 'error.type=circuit-open')).toBe(1);
    check(total(series, 'call.fallbacks', 'error.type=circuit-open')).toBe(1);
    check(total(series, 'call.fallbacks')).toBe(calls.fallbacks);
    check(total(series, 'attempts')).toBe(attempts + 1);
    check(total(series, 'circuit.state')).toBe(2);
    check(total(series, 'connection.events', 'redis.connection.event=connection.ready')).toBe(2);
    check(total(series, 'call.time_since_success')).toBeLessThan(5);
  });
});
