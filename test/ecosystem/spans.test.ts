import { below, named, traced, tracerThat } from './tracing.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { SamplingDecision, type ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { describe, expect, it, vi } from 'vitest';
import { openTelemetry } from 'redis-resilience/opentelemetry';
import { connected, proxy, server, wrap, type Cleanup } from '../integration/wrapped.ts';
import { majors, type ClientVersion } from '../support/clients.ts';
import { IN_HEALTH, PATIENCE } from './conditions.ts';

const telemetry = openTelemetry({ meter: false });
const options = { ...IN_HEALTH, name: 'cache', telemetry };

const names = (spans: readonly ReadableSpan[]) => spans.map(({ name }) => name);

const attempts = (call: ReadableSpan | undefined) => below(call!.spanContext());

const events = (call: ReadableSpan | undefined) =>
  call!.events.map(({ name, attributes }) => [name, attributes?.['error.type']]);

/** A client whose first commands a proxy swallows, and the proxy. */
async function behindProxy(test: Cleanup, version: ClientVersion, more: object = {}) {
  const path = await proxy(test, await server(test));
  const redis = await connected(test, version, path.port, { ...options, ...more });
  return { path, redis };
}

const everything = tracerThat(SamplingDecision.RECORD_AND_SAMPLED);
const notSampled = () => tracerThat(SamplingDecision.NOT_RECORD).startSpan('parent');

describe.for(majors)('a trace with $name', { concurrent: true }, (version) => {
  it('has a span per call, and below it those of node-redis, once each', async (test) => {
    const { port } = await server(test);
    const redis = await connected(test, version, port, options);
    const calls = await traced(async () => {
      await redis.set('text', 'v');
      await redis.multi().get('text').del('none').exec();
      await redis.incr('text').catch(() => undefined);
    });
    expect(names(calls)).toEqual([
      'redis-resilience SET',
      'redis-resilience MULTI',
      'redis-resilience INCR',
    ]);
    expect(calls.map((call) => names(attempts(call)))).toEqual([
      ['redis-SET'],
      ['redis-GET', 'redis-DEL'],
      ['redis-INCR'],
    ]);
    const [set, , incr] = calls;
    expect(set).toMatchObject({ kind: SpanKind.INTERNAL, status: { code: SpanStatusCode.UNSET } });
    expect(set?.attributes).toEqual({
      'db.system.name': 'redis',
      'db.operation.name': 'SET',
      'redis.client.name': 'cache',
      'redis.attempts': 1,
    });
    expect(incr?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'ERR' });
    expect(incr?.attributes).toMatchObject({
      'error.type': 'command',
      'db.response.status_code': 'ERR',
      'redis.execution': 'not-executed',
    });
  });

  it('tells of the connection that was lost and of the retry', async (test) => {
    const { path, redis } = await behindProxy(test, version);
    const [call, ...others] = await traced(async () => {
      path.stall();
      const reply = redis.get('text');
      path.reset();
      path.release();
      expect(await reply).toBeNull();
    });
    expect(others).toEqual([]);
    expect(events(call)).toEqual([
      ['redis.resilience.connection.lost', 'transport'],
      ['redis.resilience.attempt.retried', 'transport'],
    ]);
    expect(call?.attributes['redis.attempts']).toBe(2);
    expect(names(attempts(call))).toEqual(['redis-GET', 'redis-GET']);
    expect(call?.status.code).toBe(SpanStatusCode.UNSET);
  });

  it('keeps calls apart that a timer tries again', async (test) => {
    const timeout = { attemptMs: 200, totalMs: 10_000 };
    const { path, redis } = await behindProxy(test, version, { timeout });
    path.stall();
    const calls = Promise.all(
      ['one', 'two', 'three'].map((key) =>
        traced(async () => {
          await redis.get(key);
        }),
      ),
    );
    await vi.waitFor(() => {
      expect(redis.resilience.stats().attempts).toBeGreaterThan(4);
    }, PATIENCE);
    path.release();
    for (const [call, ...others] of await calls) {
      expect(others).toEqual([]);
      expect(attempts(call)).toHaveLength(Number(call?.attributes['redis.attempts']));
      expect(events(call)[0]).toEqual(['redis.resilience.attempt.retried', 'timeout']);
    }
  });

  it('tells of the connection that was replaced', async (test) => {
    const connection = { ...IN_HEALTH.connection, silenceMs: 300 };
    const { path, redis } = await behindProxy(test, version, { connection });
    const [call] = await traced(async () => {
      path.deadenExisting();
      await redis.get('text');
    });
    expect(events(call)).toContainEqual(['redis.resilience.connection.replaced', 'transport']);
    expect(attempts(call)).toHaveLength(2);
  });

  it('has a call that was refused, without an attempt', async (test) => {
    const { port } = await server(test);
    const redis = await connected(test, version, port, options);
    redis.resilience.isolate();
    const [call] = await traced(async () => {
      await redis.get('text').catch(() => undefined);
    });
    expect(events(call)).toEqual([['redis.resilience.call.refused', 'circuit-open']]);
    expect(call?.attributes).toMatchObject({ 'redis.attempts': 0, 'error.type': 'circuit-open' });
    expect(attempts(call)).toEqual([]);
  });

  it('has the attempt of a call that waited below that call', async (test) => {
    const { port } = await server(test);
    const redis = wrap(test, version, port, options);
    const connecting = redis.connect();
    const [call] = await traced(async () => {
      const reply = redis.get('text');
      await connecting;
      await reply;
    });
    expect(names(attempts(call))).toEqual(['redis-GET']);
  });

  it.for([
    { parent: 'was not sampled', startSpan: notSampled, calls: 0 },
    {
      parent: 'is recorded, but not sampled',
      startSpan: () => tracerThat(SamplingDecision.RECORD).startSpan('parent'),
      calls: 1,
    },
    {
      parent: 'has ended already',
      startSpan: () => {
        const parent = everything.startSpan('parent');
        parent.end();
        return parent;
      },
      calls: 1,
    },
  ])('has spans of $calls calls where the parent $parent', async ({ startSpan, calls }, test) => {
    const { port } = await server(test);
    const own = { ...options, telemetry: openTelemetry({ meter: false, tracer: everything }) };
    const redis = await connected(test, version, port, own);
    const spans = await traced(async () => {
      await redis.get('none');
    }, startSpan());
    expect(names(spans).filter((name) => name === 'redis-resilience GET')).toHaveLength(calls);
  });

  it('stays out of one that was not sampled, also where a timer tries again', async (test) => {
    const timeout = { attemptMs: 200, totalMs: 10_000 };
    const { path, redis } = await behindProxy(test, version, { timeout });
    path.stall();
    const length = traced(async () => {
      await redis['strLen']('none');
    }, notSampled());
    await vi.waitFor(() => {
      expect(redis.resilience.stats().attempts).toBeGreaterThan(2);
    }, PATIENCE);
    path.release();
    expect(await length).toEqual([]);
    expect(named('redis-STRLEN')).toEqual([]);
  });

  it('has nothing of connections and tests of the server, whoever made them necessary', async (test) => {
    const control = await server(test);
    const redis = wrap(test, version, control.port, {
      ...options,
      connection: { ...IN_HEALTH.connection, heartbeatMs: 50, maxDelayMs: 50 },
      breaker: { ...IN_HEALTH.breaker, disconnectedMs: 100, openDurationMs: 50 },
    });
    const spans = await traced(async (span) => {
      await redis.connect();
      await redis.get('text');
      await control.kill();
      await redis.get('text').catch(() => undefined);
      await control.restart();
      await vi.waitFor(() => {
        expect(redis.resilience.state).toBe('closed');
      }, PATIENCE);
      await sleep(200);
      expect(span.isRecording()).toBe(true);
    });
    expect(new Set(names(spans))).toEqual(new Set(['redis-resilience GET']));
  });
});
