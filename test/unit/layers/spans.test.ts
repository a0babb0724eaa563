import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failure } from '../../../src/failures/failure.ts';
import { RetryBudget } from '../../../src/layers/retry-budget.ts';
import { RetryLayer } from '../../../src/layers/retry.ts';
import { spanLayers } from '../../../src/layers/spans.ts';
import { summarize } from '../../../src/telemetry/redact.ts';
import type { SpanFields, StartSpan } from '../../../src/telemetry/telemetry.ts';
import { harness, lost, wrongType } from './harness.ts';
import { fails, refuses, replies } from './scripted-layer.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A call through retries with the layers of traces, and what its span was told. */
function traced(given?: StartSpan) {
  const told: unknown[][] = [];
  const fields: SpanFields[] = [];
  let depth = 0;
  const startSpan: StartSpan = (client, command) => {
    told.push(['start', client, command]);
    return {
      within(work) {
        depth++;
        work();
        depth--;
      },
      happened(event, facts) {
        told.push([event, facts['error.type']]);
        fields.push(facts);
      },
      end: (attempts, reason) => told.push(['end', attempts, reason?.kind]),
    };
  };
  const made = harness(({ settings, hub, counters, supervisor }) => {
    const [call, attempts] = spanLayers('cache', given ?? startSpan, hub);
    const budget = new RetryBudget(settings.retry, 100);
    return [call, new RetryLayer(budget, supervisor.asSupervisor, hub, counters), attempts];
  });
  /** How often the span was active when an attempt was made. */
  const inside = made.scripted.atEach(() => depth);
  return { ...made, told, fields, inside };
}

const pass = () => vi.advanceTimersByTimeAsync(2_000);

describe('a span', () => {
  it('is that of a call, from its begin to its reply', async () => {
    const { run, scripted, told, inside } = traced();
    scripted.script(replies('v'));
    run('GET k');
    await pass();
    expect(told).toEqual([
      ['start', 'cache', 'GET'],
      ['end', 1, undefined],
    ]);
    expect(inside).toEqual([1]);
  });

  it('ends with the failure of the call', async () => {
    const { run, scripted, told } = traced();
    scripted.script(fails(wrongType()));
    run('GET k');
    await pass();
    expect(told).toEqual([
      ['start', 'cache', 'GET'],
      ['end', 1, 'command'],
    ]);
  });

  it('ends with the call where that is given up from outside, and once', async () => {
    const { run, told, outermost } = traced();
    const { call } = run('GET k');
    outermost.cancel(call, lost());
    outermost.cancel(call, lost());
    await pass();
    expect(told).toEqual([
      ['start', 'cache', 'GET'],
      ['end', 1, 'transport'],
    ]);
  });

  it('is told of each retry with what made it necessary, and is active in it', async () => {
    const { run, scripted, told, fields, inside } = traced();
    scripted.script(fails(lost()), fails(lost(), 5), replies('v'));
    run('GET k');
    await pass();
    expect(told).toEqual([
      ['start', 'cache', 'GET'],
      ['attempt.retried', 'transport'],
      ['attempt.retried', 'transport'],
      ['end', 3, undefined],
    ]);
    expect(fields[1]).toMatchObject({ 'redis.attempt': 3, 'redis.execution': 'unknown' });
    expect(inside).toEqual([1, 1, 1]);
  });

  it.each(['circuit-open', 'overloaded'] as const)('is told of a refusal: %s', async (kind) => {
    const { run, scripted, told } = traced();
    scripted.script(refuses(failure({ kind, execution: 'not-sent', message: 'no' })));
    run('GET k');
    await pass();
    expect(told).toEqual([
      ['start', 'cache', 'GET'],
      ['call.refused', kind],
      ['end', 0, kind],
    ]);
  });

  it('is told of connections that are lost or replaced while it is open, and where', () => {
    const { run, hub, told, fields, scripted } = traced();
    run('GET k');
    const about = { connection: 7, failure: summarize(lost()) };
    hub.state({ type: 'connection.lost', ...about });
    hub.at(() => '10.0.0.1:6379').state({ type: 'connection.replaced', ...about });
    hub.state({ type: 'connection.suspected', ...about });
    scripted.loseAll(wrongType());
    hub.state({ type: 'connection.lost', ...about });
    expect(told).toEqual([
      ['start', 'cache', 'GET'],
      ['connection.lost', 'transport'],
      ['connection.replaced', 'transport'],
      ['end', 1, 'command'],
    ]);
    const where = { 'server.address': '10.0.0.1', 'server.port': 6379 };
    expect(fields[0]).not.toHaveProperty('server.address');
    expect(fields[1]).toMatchObject({ 'redis.connection': 7, ...where });
  });

  it.each(['start', 'happened', 'end'])('does a call no harm where it throws: %s', async (what) => {
    const may = (now: string) => {
      if (now === what) throw new Error('mine');
    };
    const startSpan: StartSpan = () => {
      may('start');
      return {
        within(work) {
          work();
        },
        happened() {
          may('happened');
        },
        end() {
          may('end');
        },
      };
    };
    const { run, scripted } = traced(startSpan);
    scripted.script(fails(lost()), replies('v'));
    const call = run('GET k');
    await pass();
    expect(call).toMatchObject({ status: 'resolved', value: 'v' });
  });
});
