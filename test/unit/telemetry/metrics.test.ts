import { AsyncResource } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openTelemetry } from 'redis-resilience/opentelemetry';
import type { EventType, FailureSummary, Stated } from '../../../src/telemetry/events.ts';
import { EventHub } from '../../../src/telemetry/hub.ts';
import { LOG_LEVELS } from '../../../src/options/log-levels.ts';
import { INSTRUMENTS } from '../../../src/telemetry/opentelemetry/instruments.ts';
import type { Snapshot } from '../../../src/telemetry/telemetry.ts';
import { measuring } from '../../support/metrics.ts';

const of = (kind: FailureSummary['kind'], more: Partial<FailureSummary> = {}): FailureSummary => ({
  kind,
  execution: 'unknown',
  code: 'CODE',
  ...more,
});

const failure = of('timeout');
const facts = { command: 'GET', attempts: 2, durationMs: 30 };

/** One of each; the compiler sees that none is left out. */
const EVENTS: { readonly [T in EventType]: Extract<Stated, { type: T }> } = {
  'call.succeeded': { type: 'call.succeeded', ...facts },
  'call.failed': { type: 'call.failed', ...facts, failure },
  'call.refused': { type: 'call.refused', ...facts, failure: of('circuit-open') },
  'call.fallback': { type: 'call.fallback', ...facts, failure },
  'attempt.failed': { type: 'attempt.failed', command: 'GET', attempt: 1, failure },
  'attempt.retried': { type: 'attempt.retried', command: 'GET', attempt: 2, delayMs: 1, failure },
  'retry.budget-exhausted': { type: 'retry.budget-exhausted', command: 'GET', failure },
  'circuit.opened': { type: 'circuit.opened', cause: 'disconnected', failure },
  'circuit.probe-failed': { type: 'circuit.probe-failed', failure, nextMs: 5 },
  'circuit.half-opened': { type: 'circuit.half-opened' },
  'circuit.closed': { type: 'circuit.closed', openMs: 5 },
  'connection.ready': { type: 'connection.ready', connection: 1, tookMs: 5 },
  'connection.failed': { type: 'connection.failed', failure, nextMs: 5 },
  'connection.lost': { type: 'connection.lost', connection: 1, failure },
  'connection.suspected': { type: 'connection.suspected', connection: 1, failure },
  'connection.replaced': { type: 'connection.replaced', connection: 1, failure },
  'credentials.refused': { type: 'credentials.refused', failure },
  'client.gave-up': { type: 'client.gave-up', failure },
  'client.closed': { type: 'client.closed' },
  'listener.failed': { type: 'listener.failed', event: 'ready' },
};

/** What each event adds, and to what. */
const COUNTED: Readonly<Record<EventType, Readonly<Record<string, number>>>> = {
  'call.succeeded': {
    'calls{db.operation.name=GET}': 1,
    'call.duration{}': 1,
    'call.duration.sum{}': 0.03,
    'attempts{}': 2,
  },
  'call.failed': {
    'calls{db.operation.name=GET,error.type=timeout}': 1,
    'call.duration{error.type=timeout}': 1,
    'call.duration.sum{error.type=timeout}': 0.03,
    'attempts{}': 2,
  },
  'call.refused': { 'call.refusals{error.type=circuit-open}': 1, 'attempts{}': 2 },
  'call.fallback': { 'call.fallbacks{error.type=timeout}': 1, 'attempts{}': 2 },
  'attempt.failed': { 'attempt.failures{error.type=timeout}': 1 },
  'attempt.retried': { 'retries{error.type=timeout}': 1 },
  'retry.budget-exhausted': { 'retry.budget.exhausted{}': 1 },
  'circuit.opened': {
    'circuit.transitions{redis.cause=disconnected,redis.circuit.state=open}': 1,
  },
  'circuit.probe-failed': {
    'circuit.transitions{redis.cause=probe-failed,redis.circuit.state=open}': 1,
  },
  'circuit.half-opened': { 'circuit.transitions{redis.circuit.state=half-open}': 1 },
  'circuit.closed': { 'circuit.transitions{redis.circuit.state=closed}': 1 },
  'connection.ready': connectionEvent('connection.ready'),
  'connection.failed': connectionEvent('connection.failed'),
  'connection.lost': connectionEvent('connection.lost'),
  'connection.suspected': connectionEvent('connection.suspected'),
  'connection.replaced': connectionEvent('connection.replaced'),
  'credentials.refused': connectionEvent('credentials.refused'),
  'client.gave-up': connectionEvent('client.gave-up'),
  'client.closed': connectionEvent('client.closed'),
  'listener.failed': { 'listener.failures{}': 1 },
};

function connectionEvent(type: EventType): Record<string, number> {
  return { [`connection.events{redis.connection.event=${type}}`]: 1 };
}

const IDLE: Snapshot = {
  circuits: [{ state: 'closed' }],
  retryBudget: { left: 5_000 },
  inFlight: 0,
  waiting: 0,
};

const NAME = 'redis.client.name=cache';

/** Clients of one family, and its series without what they have in common. */
function family(...snapshots: Snapshot[]) {
  const { meter, collect } = measuring();
  const telemetry = openTelemetry({ meter, tracer: false });
  const hubs = snapshots.map((snapshot, index) => {
    const hub = new EventHub(`cache:${index}`);
    telemetry.watch('cache', {
      stats: () => snapshot,
      onEvent: (observer) => hub.subscribe(observer, (type) => type !== 'call.succeeded'),
      onSuccess: (listener) => {
        hub.onSuccess(listener);
      },
    });
    return {
      state(event: Stated) {
        if (event.type !== 'call.succeeded') {
          hub.state(event);
          return;
        }
        const { command, attempts, durationMs: elapsedMs } = event;
        const call = { operation: { name: command }, attempts, elapsedMs, startedAt: 0 };
        hub.succeeded(Object.assign(new AsyncResource('test'), call));
      },
    };
  });
  const series = async () => {
    const all = [...(await collect())].map(([series, value]): [string, number] => {
      expect(series).toContain(NAME);
      const own = series.replace('redis.resilience.', '').replace(NAME, '');
      return [own.replace('{,', '{').replace(',}', '}').replace(',,', ','), value];
    });
    return new Map(all);
  };
  return { hubs, series };
}

describe('each event', () => {
  it.each(Object.keys(LOG_LEVELS).filter((type) => type !== 'summary') as EventType[])(
    '%s is measured',
    async (type) => {
      const { hubs, series } = family(IDLE);
      const before = await series();
      hubs[0]!.state(EVENTS[type]);
      const after = await series();
      const counted = Object.fromEntries(
        [...after]
          .map(([name, value]): [string, number] => [name, value - (before.get(name) ?? 0)])
          .filter(([name, added]) => added !== 0 && !OBSERVED.test(name)),
      );
      expect(counted).toEqual(COUNTED[type]);
    },
  );
});

describe('calls that a fallback answered', () => {
  it('are counted from 0 on, by every failure that may ask for one', async () => {
    const { series } = family(IDLE);
    const begun = [...(await series())].filter(([name]) => name.startsWith('call.fallbacks'));
    const kinds = ['auth', 'circuit-open', 'overloaded', 'timeout', 'transport', 'unavailable'];
    expect(begun.sort()).toEqual(kinds.map((kind) => [`call.fallbacks{error.type=${kind}}`, 0]));
  });
});

/** Read from the client, and absent before its first event. */
const OBSERVED = /^(circuit\.state|retry\.budget\.left|call\.time_since_success)/;

describe('labels', () => {
  it('hold no word that a server does not know: _OTHER stands for them', async () => {
    const { hubs, series } = family(IDLE);
    for (const command of ['MULTI', 'JSON.GET', 'CLIENT KILL', 'MY_SECRET_1', 'MY_SECRET_2']) {
      hubs[0]!.state({ type: 'call.succeeded', command, attempts: 1, durationMs: 1 });
    }
    const calls = [...(await series())].filter(([name]) => name.startsWith('calls{'));
    expect(calls).toEqual([
      ['calls{db.operation.name=MULTI}', 1],
      ['calls{db.operation.name=JSON.GET}', 1],
      ['calls{db.operation.name=CLIENT KILL}', 1],
      ['calls{db.operation.name=_OTHER}', 2],
    ]);
  });

  it('tell why a server that answers was asked again', async () => {
    const { hubs, series } = family(IDLE);
    const failure = of('unavailable', { reason: 'loading' });
    hubs[0]!.state({ ...EVENTS['attempt.retried'], failure });
    expect((await series()).get('retries{error.type=unavailable,redis.reason=loading}')).toBe(1);
  });

  it('are those of the table, for every instrument', async () => {
    const shard = { address: 'fe80::1:6379', state: 'open' } as const;
    const { hubs, series } = family({ ...IDLE, circuits: [shard] });
    for (const event of Object.values(EVENTS)) hubs[0]!.state(event);
    const loading = of('unavailable', { reason: 'loading' });
    hubs[0]!.state({ ...EVENTS['attempt.retried'], failure: loading });
    hubs[0]!.state(EVENTS['connection.ready']);
    const used = new Map<string, Set<string>>();
    for (const name of (await series()).keys()) {
      const [, instrument = '', labels = ''] = /^(.*?)\{(.*)\}$/.exec(name) ?? [];
      const names = [...labels.matchAll(/([^,]+)=/g)].map(([, label = '']) => label);
      const key = `redis.resilience.${instrument.replace('.sum', '')}`;
      used.set(key, new Set([...(used.get(key) ?? []), ...names]));
    }
    const table = Object.entries(INSTRUMENTS).map(([name, { labels }]) => [name, new Set(labels)]);
    expect(used).toEqual(new Map(table as [string, Set<string>][]));
  });
});

describe('what is read from clients', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 0, toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is added up over a family, and of states and budgets it is the worst', async () => {
    const { hubs, series } = family(
      { ...IDLE, inFlight: 2, waiting: 3 },
      { circuits: [{ state: 'half-open' }], retryBudget: { left: 7 }, inFlight: 5, waiting: 1 },
    );
    for (const hub of hubs) hub.state(EVENTS['connection.ready']);
    expect(Object.fromEntries(await series())).toMatchObject({
      'attempt.in_flight{}': 7,
      'call.waiting{}': 4,
      'retry.budget.left{}': 7,
      'circuit.state{}': 1,
    });
  });

  it('is the state of each shard', async () => {
    const { hubs, series } = family({
      ...IDLE,
      circuits: [
        { state: 'closed' },
        { address: '10.0.0.1:6379', state: 'open' },
        { address: '10.0.0.2:6379', state: 'closed' },
      ],
    });
    hubs[0]!.state(EVENTS['connection.ready']);
    const states = [...(await series())].filter(([name]) => name.startsWith('circuit.state'));
    expect(states).toEqual([
      ['circuit.state{}', 0],
      ['circuit.state{server.address=10.0.0.1,server.port=6379}', 2],
      ['circuit.state{server.address=10.0.0.2,server.port=6379}', 0],
    ]);
  });

  it('ends with the client, begins again with it, and keeps what was counted', async () => {
    const { hubs, series } = family({ ...IDLE, circuits: [], inFlight: 2 });
    const [hub] = hubs;
    hub!.state(EVENTS['connection.ready']);
    hub!.state(EVENTS['call.succeeded']);
    hub!.state(EVENTS['client.closed']);
    const closed = await series();
    expect(closed.get('attempt.in_flight{}')).toBe(0);
    expect(closed.get('attempts{}')).toBe(2);
    expect([...closed.keys()].filter((name) => OBSERVED.test(name))).toEqual([]);
    hub!.state(EVENTS['connection.ready']);
    expect((await series()).get('attempt.in_flight{}')).toBe(2);
  });

  it('is not that of a client which is closed, also where calls fail after it', async () => {
    const { hubs, series } = family({ ...IDLE, inFlight: 2 });
    const [hub] = hubs;
    hub!.state(EVENTS['connection.ready']);
    hub!.state(EVENTS['client.closed']);
    hub!.state(EVENTS['call.failed']);
    expect((await series()).get('attempt.in_flight{}')).toBe(0);
  });

  it('leaves no circuit open that is gone, since the SDK repeats what it was told last', async () => {
    const address = '10.0.0.1:6379';
    const shards = [{ state: 'open' as const }, { address, state: 'open' as const }];
    const circuits = [...shards];
    const { hubs, series } = family({ ...IDLE, circuits });
    const [hub] = hubs;
    const states = async () =>
      [...(await series())].filter(([name]) => name.startsWith('circuit.state'));
    const shard = 'circuit.state{server.address=10.0.0.1,server.port=6379}';
    hub!.state(EVENTS['connection.failed']);
    expect(await states()).toEqual([
      ['circuit.state{}', 2],
      [shard, 2],
    ]);
    circuits.pop();
    expect(await states()).toEqual([
      ['circuit.state{}', 2],
      [shard, 0],
    ]);
    hub!.state(EVENTS['client.closed']);
    expect(await states()).toContainEqual(['circuit.state{}', 0]);
  });

  it('is the time since the last success, which neither failures nor fallbacks change', async () => {
    const { hubs, series } = family(IDLE);
    const [hub] = hubs;
    const since = async () => (await series()).get('call.time_since_success{}');
    vi.setSystemTime(4_000);
    hub!.state(EVENTS['connection.failed']);
    expect(await since()).toBe(4);
    hub!.state(EVENTS['call.succeeded']);
    vi.setSystemTime(5_500);
    hub!.state(EVENTS['call.failed']);
    hub!.state(EVENTS['call.refused']);
    hub!.state(EVENTS['call.fallback']);
    expect(await since()).toBe(1.5);
  });
});
