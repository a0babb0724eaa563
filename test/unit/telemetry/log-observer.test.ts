import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { FailureKind } from '../../../src/failures/kinds.ts';
import { settingsOf } from '../../../src/options/settings.ts';
import type { LogEntry, LogSink, ResilienceOptions } from '../../../src/options/types.ts';
import type { EventType, FailureSummary, Stated } from '../../../src/telemetry/events.ts';
import { EventHub } from '../../../src/telemetry/hub.ts';
import { LogObserver } from '../../../src/telemetry/log-observer.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
});

afterEach(() => {
  vi.useRealTimers();
});

const of = (kind: FailureKind): FailureSummary => ({
  kind,
  execution: 'unknown',
  code: `ERR_REDIS_${kind.toUpperCase()}`,
  message: `it was ${kind}`,
});

const failed = (kind: FailureKind, durationMs = 5): Stated => ({
  type: 'call.failed',
  command: 'GET',
  attempts: 1,
  durationMs,
  failure: of(kind),
});

const fellBack = (kind: FailureKind): Stated => ({
  type: 'call.fallback',
  command: 'GET',
  attempts: 1,
  durationMs: 5,
  failure: of(kind),
});

const logging = (sink: Readonly<Record<string, unknown>> = {}, options: ResilienceOptions = {}) => {
  const lines: LogEntry[] = [];
  const logger: LogSink = { log: (entry) => lines.push(entry), ...sink };
  const observer = new LogObserver(logger, settingsOf({ name: 'cache', logger, ...options }));
  const hub = new EventHub('cache');
  hub.subscribe(
    (event) => {
      observer.observe(event);
    },
    (type) => observer.wants(type),
  );
  const state = (...events: Stated[]) => {
    for (const event of events) hub.state(event);
  };
  return { lines, state, observer, hub };
};

const levelsAndSentences = (lines: readonly LogEntry[]) =>
  lines.map(({ level, message }) => `${level}: ${message}`);

describe('the log of an outage', () => {
  it('is one line at each end, whatever happens between', () => {
    const { lines, state } = logging();
    state({ type: 'circuit.opened', cause: 'consecutive-failures', failure: of('timeout') });
    for (let count = 0; count < 10_000; count++) {
      state(failed('timeout'), {
        type: 'call.refused',
        command: 'GET',
        attempts: 0,
        durationMs: 0,
        failure: of('circuit-open'),
      });
    }
    state(
      { type: 'circuit.half-opened' },
      { type: 'circuit.probe-failed', failure: of('timeout'), nextMs: 2_000 },
      { type: 'connection.failed', failure: of('transport'), nextMs: 5 },
      { type: 'attempt.failed', command: 'GET', attempt: 1, failure: of('timeout') },
      { type: 'retry.budget-exhausted', command: 'GET', failure: of('timeout') },
      { type: 'circuit.half-opened' },
      { type: 'circuit.closed', openMs: 12_345 },
    );
    expect(levelsAndSentences(lines)).toEqual([
      "error: Redis client 'cache': the circuit opened (consecutive-failures): it was timeout",
      "warn: Redis client 'cache': the circuit closed after 12.3 s; 20000 calls failed",
    ]);
  });

  it('tells in its last line what failed, how often, from when to when', () => {
    const { lines, state } = logging();
    state({ type: 'circuit.opened', cause: 'disconnected', failure: of('transport') });
    state(failed('transport', 3));
    vi.advanceTimersByTime(1_000);
    state(failed('transport', 7.6), failed('timeout', 2), failed('transport', 4));
    vi.advanceTimersByTime(500);
    state({ type: 'circuit.closed', openMs: 1_500 });
    expect(lines[1]).toMatchObject({
      'event.name': 'redis.resilience.circuit.closed',
      'redis.open_ms': 1_500,
      'redis.failed_calls': 4,
      'redis.failures': {
        transport: {
          count: 3,
          first: '2026-01-01T00:00:00.000Z',
          last: '2026-01-01T00:00:01.000Z',
          longest_ms: 8,
        },
        timeout: { count: 1, longest_ms: 2 },
      },
    });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells what all of it cost, though a part was told in summaries', () => {
    const { lines, state } = logging();
    const retried = { type: 'attempt.retried', command: 'GET', attempt: 2, delayMs: 5 } as const;
    state(failed('timeout'), { ...retried, failure: of('timeout') });
    vi.advanceTimersByTime(60_000);
    state(failed('timeout'), { ...retried, failure: of('timeout') });
    state({ type: 'circuit.opened', cause: 'consecutive-failures', failure: of('timeout') });
    state(failed('timeout'));
    vi.advanceTimersByTime(60_000);
    state(failed('timeout'), failed('timeout'));
    state({ type: 'circuit.closed', openMs: 70_000 });
    expect(lines.map(({ message }) => message)).toEqual([
      "Redis client 'cache': 1 call failed",
      "Redis client 'cache': the circuit opened (consecutive-failures): it was timeout",
      "Redis client 'cache': 2 calls failed",
      "Redis client 'cache': the circuit closed after 70.0 s; 4 calls failed",
    ]);
    expect(lines[3]).toMatchObject({
      'redis.failed_calls': 2,
      'redis.retries': 0,
      'redis.outage.failed_calls': 4,
      'redis.outage.retries': 1,
    });
  });

  it('tells how many calls the fallback answered, beside those that failed', () => {
    const { lines, state } = logging();
    state(fellBack('timeout'), failed('timeout'));
    vi.advanceTimersByTime(60_000);
    state(fellBack('timeout'));
    state({ type: 'circuit.opened', cause: 'consecutive-failures', failure: of('timeout') });
    for (let count = 0; count < 200; count++) state(fellBack('circuit-open'));
    vi.advanceTimersByTime(60_000);
    for (let count = 0; count < 76; count++) state(fellBack('circuit-open'));
    state(failed('timeout'), { type: 'circuit.closed', openMs: 70_000 });
    expect(lines.map(({ message }) => message)).toEqual([
      "Redis client 'cache': 1 call failed, 1 answered by the fallback",
      "Redis client 'cache': the circuit opened (consecutive-failures): it was timeout",
      "Redis client 'cache': 0 calls failed, 201 answered by the fallback",
      "Redis client 'cache': the circuit closed after 70.0 s; 1 call failed, 277 answered by the fallback",
    ]);
    expect(lines[2]).toMatchObject({ 'redis.failed_calls': 0, 'redis.fallbacks': 201 });
    expect(lines[3]).toMatchObject({
      'redis.failed_calls': 1,
      'redis.fallbacks': 76,
      'redis.outage.failed_calls': 1,
      'redis.outage.fallbacks': 277,
    });
    expect(Object.keys(lines[3]?.['redis.failures'] as object)).toEqual(['timeout']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is told for each shard of a cluster, also for one whose master is another afterwards', () => {
    const { lines, state, hub } = logging();
    const shard = (address: string) => hub.at(() => address);
    shard('a:1').state({ type: 'circuit.opened', cause: 'disconnected' });
    state(failed('timeout'));
    shard('b:1').state({ type: 'circuit.opened', cause: 'disconnected' });
    state(failed('timeout'));
    shard('b:1').state({ type: 'circuit.closed', openMs: 1 });
    state(failed('timeout'));
    shard('a:2').state({ type: 'circuit.closed', openMs: 2 });
    expect(lines.slice(2).map((line) => line['redis.outage.failed_calls'])).toEqual([2, 3]);
  });
});

describe('the summary', () => {
  it('comes once a minute while calls fail, and its counts add up', () => {
    const { lines, state } = logging();
    let stated = 0;
    for (let second = 0; second < 150; second++) {
      state(failed('timeout'), failed('transport'));
      stated += 2;
      vi.advanceTimersByTime(1_000);
    }
    vi.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(3);
    expect(new Set(lines.map(({ level }) => level))).toEqual(new Set(['warn']));
    const counts = lines.map((line) => Number(line['redis.failed_calls']));
    expect(counts.reduce((sum, count) => sum + count)).toBe(stated);
    expect(lines[0]?.message).toBe(`Redis client 'cache': ${counts[0]!} calls failed`);
    expect(lines[0]).toMatchObject({ 'event.name': 'redis.resilience.summary' });
  });

  it('counts the retries since the last one, though their own lines are not written', () => {
    const { lines, state, hub } = logging();
    const retried: Stated = {
      type: 'attempt.retried',
      command: 'GET',
      attempt: 2,
      delayMs: 5,
      failure: of('timeout'),
    };
    expect(hub.wants('attempt.retried')).toBe(true);
    state(retried, retried, failed('timeout'));
    vi.advanceTimersByTime(60_000);
    state(retried, failed('timeout'));
    vi.advanceTimersByTime(60_000);
    expect(lines.map((line) => line['redis.retries'])).toEqual([2, 1]);
  });

  it.each([
    { what: 'failed', event: failed('timeout') },
    { what: 'needed a fallback', event: fellBack('timeout') },
  ])('does not come where nothing $what', ({ event }) => {
    const { lines, state, observer } = logging();
    state(event);
    vi.advanceTimersByTime(60_000);
    vi.advanceTimersByTime(3_600_000);
    observer.flush();
    expect(lines).toHaveLength(1);
  });

  it.each([{ type: 'client.closed' }, { type: 'client.gave-up', failure: of('closed') }] as const)(
    'comes before the end of the client: $type',
    (end) => {
      const { lines, state } = logging();
      state(failed('timeout'), end);
      expect(lines.map((line) => line['event.name'])).toEqual([
        'redis.resilience.summary',
        `redis.resilience.${end.type}`,
      ]);
      expect(vi.getTimerCount()).toBe(0);
    },
  );
});

describe('calls that fail after the client was closed', () => {
  it('are told at once, and those of later by the minute', () => {
    const { lines, state } = logging();
    state({ type: 'client.closed' }, failed('closed'), failed('closed'));
    vi.advanceTimersByTime(1);
    expect(lines.slice(1).map((line) => line['redis.failed_calls'])).toEqual([2]);
    state(failed('closed'));
    vi.advanceTimersByTime(59_999);
    expect(lines).toHaveLength(2);
    state(failed('closed'));
    vi.advanceTimersByTime(1);
    expect(lines.slice(1).map((line) => line['redis.failed_calls'])).toEqual([2, 2]);
  });
});

describe('calls that a fallback answers after the client was closed', () => {
  it('are told at once as well', () => {
    const { lines, state } = logging();
    state({ type: 'client.closed' }, fellBack('transport'));
    vi.advanceTimersByTime(1);
    expect(lines.slice(1).map((line) => line['redis.fallbacks'])).toEqual([1]);
  });
});

describe('refused credentials', () => {
  it('are one line, until a connection was ready again', () => {
    const { lines, state } = logging();
    const refused = { type: 'credentials.refused', failure: of('auth') } as const;
    state(refused, refused, refused);
    expect(levelsAndSentences(lines)).toEqual([
      "error: Redis client 'cache': the server refused the credentials: it was auth",
    ]);
    state({ type: 'connection.ready', connection: 1, tookMs: 3 }, refused);
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(2);
  });
});

describe('a line', () => {
  it('names its fields as OpenTelemetry does, and rounds its numbers', () => {
    const { lines, state } = logging();
    state({ type: 'connection.ready', connection: 7, tookMs: 1.23456 });
    state({ type: 'connection.lost', connection: 7, failure: of('transport') });
    expect(lines).toEqual([
      {
        level: 'info',
        message: "Redis client 'cache': connection 7 is ready",
        'event.name': 'redis.resilience.connection.ready',
        'db.system.name': 'redis',
        'redis.client.name': 'cache',
        'redis.connection': 7,
        'redis.took_ms': 1.235,
      },
      {
        level: 'info',
        message: "Redis client 'cache': connection 7 was lost: it was transport",
        'event.name': 'redis.resilience.connection.lost',
        'db.system.name': 'redis',
        'redis.client.name': 'cache',
        'redis.connection': 7,
        'error.type': 'transport',
        'db.response.status_code': 'ERR_REDIS_TRANSPORT',
        'redis.execution': 'unknown',
        'error.message': 'it was transport',
      },
    ]);
  });

  it('tells of a reply its code, where there are no words that may be told', () => {
    const { lines, state } = logging();
    const failure: FailureSummary = {
      kind: 'unavailable',
      reason: 'loading',
      execution: 'not-executed',
      code: 'LOADING',
    };
    state({ type: 'circuit.opened', cause: 'failure-rate', failure });
    expect(lines[0]).toMatchObject({
      message: "Redis client 'cache': the circuit opened (failure-rate): LOADING",
      'db.response.status_code': 'LOADING',
      'redis.reason': 'loading',
    });
    expect(lines[0]).not.toHaveProperty('error.message');
  });
});

describe('debug lines', () => {
  const SUCCEEDED = { type: 'call.succeeded', command: 'GET', attempts: 1, durationMs: 2 } as const;

  it.each<{ sink: Record<string, unknown>; wanted: boolean }>([
    { sink: {}, wanted: false },
    { sink: { level: 'info' }, wanted: false },
    { sink: { level: 'debug' }, wanted: true },
    { sink: { level: 'silly' }, wanted: true },
    { sink: { level: 'info', isLevelEnabled: () => true }, wanted: true },
    { sink: { level: 'debug', isLevelEnabled: () => false }, wanted: false },
  ])('are built only where somebody reads them: $sink', ({ sink, wanted }) => {
    const { lines, state, hub } = logging(sink);
    expect(hub.wants('call.succeeded')).toBe(wanted);
    state(SUCCEEDED);
    expect(levelsAndSentences(lines)).toEqual(
      wanted ? ["debug: Redis client 'cache': GET succeeded"] : [],
    );
    if (wanted) {
      expect(lines[0]).toMatchObject({
        'db.operation.name': 'GET',
        'redis.attempts': 1,
        'redis.duration_ms': 2,
      });
    }
  });

  it('ask the logger as its own method', () => {
    const sink = {
      level: 'debug',
      isLevelEnabled(this: { level?: string } | undefined, level: string) {
        return this?.level === level;
      },
    };
    expect(logging(sink).hub.wants('call.succeeded')).toBe(true);
  });

  it('are those of the logger, whatever its levels are called', () => {
    const logger = { levels: { error: 0, warning: 1, info: 2, debug: 3 } };
    const { lines, state } = logging(logger);
    state({ type: 'circuit.closed', openMs: 1 }, failed('timeout'), { type: 'client.closed' });
    expect(lines.map(({ level }) => level)).toEqual(['warning', 'warning', 'info']);
  });

  it.each<EventType>(['call.failed', 'call.fallback', 'circuit.opened', 'connection.ready'])(
    'are none of %s, which is told at any level',
    (type) => {
      expect(logging({}).hub.wants(type)).toBe(true);
    },
  );
});

describe('a share of the successes', () => {
  const SUCCEEDED = { type: 'call.succeeded', command: 'GET', attempts: 1, durationMs: 2 } as const;

  it.each([
    { successRate: 0.25, least: 150, most: 350 },
    { successRate: 1, least: 1_000, most: 1_000 },
    { successRate: 0, least: 0, most: 0 },
  ])('has a line: $successRate', ({ successRate, least, most }) => {
    const { lines, state, hub } = logging({ level: 'debug' }, { log: { successRate } });
    for (let count = 0; count < 1_000; count++) state(SUCCEEDED);
    expect(lines.length).toBeGreaterThanOrEqual(least);
    expect(lines.length).toBeLessThanOrEqual(most);
    expect(hub.wants('call.succeeded')).toBe(successRate > 0);
  });
});

describe('other levels', () => {
  it('are used for the events that they are given for', () => {
    const { lines, state, hub } = logging(
      { level: 'info' },
      {
        logLevels: {
          'call.failed': 'info',
          'connection.lost': 'warn',
          'connection.suspected': 'debug',
          'client.closed': false,
          summary: 'error',
        },
      },
    );
    const lost = { connection: 1, failure: of('transport') };
    state(
      failed('timeout'),
      { type: 'connection.lost', ...lost },
      { type: 'connection.suspected', ...lost },
      { type: 'client.closed' },
    );
    expect(levelsAndSentences(lines)).toEqual([
      "info: Redis client 'cache': GET failed: it was timeout",
      "warn: Redis client 'cache': connection 1 was lost: it was transport",
      "error: Redis client 'cache': 1 call failed",
    ]);
    expect(hub.wants('connection.suspected')).toBe(false);
  });

  it('give a fallback a line of its own, and count it all the same', () => {
    const { lines, state } = logging({}, { logLevels: { 'call.fallback': 'info' } });
    state(fellBack('timeout'), { type: 'client.closed' });
    expect(levelsAndSentences(lines).slice(0, 2)).toEqual([
      "info: Redis client 'cache': GET was answered by the fallback: it was timeout",
      "warn: Redis client 'cache': 0 calls failed, 1 answered by the fallback",
    ]);
  });

  it('leave the counts of a recovery that has no line to the summary', () => {
    const { lines, state } = logging(
      { level: 'info' },
      { logLevels: { 'circuit.closed': 'debug' } },
    );
    state({ type: 'circuit.opened', cause: 'isolated' }, failed('timeout'));
    state({ type: 'circuit.closed', openMs: 1 }, { type: 'client.closed' });
    expect(lines[1]).toMatchObject({
      'event.name': 'redis.resilience.summary',
      'redis.failed_calls': 1,
    });
  });
});

it('says which server it is about, where a client has just one', () => {
  const lines: LogEntry[] = [];
  const logger: LogSink = { log: (entry) => lines.push(entry) };
  const settings = settingsOf({ name: 'cache', logger, logLevels: { 'call.failed': 'warn' } });
  const observer = new LogObserver(logger, settings, '10.0.0.1:6379');
  const hub = new EventHub('cache');
  hub.subscribe((event) => {
    observer.observe(event);
  });
  hub.state(failed('timeout'));
  hub.state({ type: 'circuit.opened', cause: 'isolated' });
  hub.state({ type: 'circuit.closed', openMs: 1_000 });
  hub.state({ type: 'connection.ready', connection: 1, tookMs: 5 });
  const server = { 'server.address': '10.0.0.1', 'server.port': 6379 };
  expect(lines[0]).not.toHaveProperty('server.address');
  expect(lines.slice(1)).toMatchObject([server, server, server]);
  expect(lines[2]).toMatchObject({
    message: "Redis client 'cache' at 10.0.0.1:6379: the circuit closed after 1.0 s; 1 call failed",
    'redis.outage.failed_calls': 1,
  });
});

describe('a logger that fails', () => {
  it.each([
    {
      title: 'throws',
      log: () => {
        throw new Error('mine');
      },
    },
    { title: 'rejects', log: () => Promise.reject(new Error('mine')) },
  ])('does no harm where it $title, and is told of once', async ({ log }) => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    onTestFinished(() => {
      warned.mockRestore();
    });
    const { state } = logging({ log });
    expect(() => {
      state({ type: 'circuit.opened', cause: 'isolated' }, failed('timeout'));
    }).not.toThrow();
    // An unhandled rejection would fail this run.
    await vi.advanceTimersByTimeAsync(60_000);
    expect(warned.mock.calls.map(([text]) => text)).toEqual([
      expect.stringContaining('A logger failed (Error)'),
    ]);
  });

  it('gets no lines of single calls while it is far behind, and all others', () => {
    const sink = { level: 'debug', writableLength: 999 };
    const logLevels = { 'call.failed': 'debug' };
    const keepsUp = logging(sink, { logLevels });
    const isBehind = logging({ ...sink, writableLength: 1_000 }, { logLevels });
    for (const { state } of [keepsUp, isBehind]) {
      state(
        failed('timeout'),
        { type: 'circuit.opened', cause: 'isolated' },
        { type: 'client.closed' },
      );
    }
    const names = ({ lines }: typeof keepsUp) =>
      lines.map((line) => String(line['event.name']).replace('redis.resilience.', ''));
    expect(names(keepsUp)).toEqual(['call.failed', 'circuit.opened', 'summary', 'client.closed']);
    expect(names(isBehind)).toEqual(['circuit.opened', 'summary', 'client.closed']);
    expect(isBehind.lines[1]).toMatchObject({ 'redis.failed_calls': 1 });
    expect(isBehind.observer.wants('attempt.failed')).toBe(false);
  });

  it('gets no debug lines where it throws when it is asked for its level', () => {
    const sink = {
      level: 'debug',
      isLevelEnabled: () => {
        throw new Error('mine');
      },
    };
    const { hub } = logging(sink);
    expect(hub.wants('call.succeeded')).toBe(false);
    expect(hub.wants('call.failed')).toBe(true);
  });
});
