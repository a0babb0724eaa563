import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULTS } from '../../src/options/defaults.ts';
import { BreakerLayer } from '../../src/layers/breaker/breaker.ts';
import { harness, loading, lost, timedOut, wrongType, type Run } from '../unit/layers/harness.ts';
import { fails, replies } from '../unit/layers/scripted-layer.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const OPTIONS = {
  consecutiveFailures: 3,
  minimumFailures: 4,
  windowMs: 1_000,
  disconnectedMs: 500,
  openDurationMs: 200,
  maxOpenDurationMs: 2_000,
  halfOpenProbes: 2,
};

/** One client with a circuit, and everything that can happen to it. */
function world() {
  const made: { breaker?: BreakerLayer } = {};
  const parts = harness(
    ({ settings, supervisor, hub }) => {
      made.breaker = new BreakerLayer(
        () => ({ name: 'redis' }),
        { ...DEFAULTS.breaker, ...settings.breaker, busyDelayMs: settings.retry.busyDelayMs },
        supervisor.asSupervisor,
        hub,
        false,
      );
      supervisor.listeners.push(made.breaker);
      return [made.breaker];
    },
    { breaker: OPTIONS },
  );
  const breaker = made.breaker!;
  const { supervisor, scripted, run } = parts;
  const calls: Run[] = [];
  let health: 'well' | 'slow' | 'unwell' = 'well';
  /** What the circuit told of its states, and when an operator ended a test, which it does not tell. */
  const told: string[] = [];
  parts.hub.subscribe(({ type }) => {
    if (type.startsWith('circuit.')) told.push(type);
  });
  const connect = () => {
    supervisor.connect().answer = () => {
      if (health === 'unwell') return Promise.reject(new Error('LOADING wait'));
      if (health === 'well') return Promise.resolve('PONG');
      return new Promise((resolve) => setTimeout(resolve, 100, 'PONG'));
    };
  };
  const call = (step: Parameters<typeof scripted.script>[0]) => {
    const before = scripted.received.length;
    const { state } = breaker;
    scripted.script(step);
    const started = run('SET k v');
    calls.push(started);
    const passed = scripted.received.length > before;
    if (state !== 'half-open') expect(passed).toBe(state === 'closed');
    return passed;
  };
  const happen = {
    'a call succeeds': () => call(replies('OK')),
    'a call succeeds late': () => call(replies('OK', 700)),
    'a call times out': () => call(fails(timedOut())),
    'a call times out late': () => call(fails(timedOut(), 700)),
    'the server loads': () => call(fails(loading())),
    'the caller is wrong': () => call(fails(wrongType())),
    'the connection is lost': () => {
      const loss = lost();
      supervisor.disconnect(loss);
      scripted.loseAll(loss);
    },
    'a connection is ready': connect,
    'the server is unwell': () => (health = 'unwell'),
    'the server is slow': () => (health = 'slow'),
    'the server is well': () => (health = 'well'),
    'an operator isolates': () => {
      if (breaker.state === 'half-open') told.push('test ended');
      breaker.isolate();
    },
    'an operator restores': () => {
      breaker.restore();
    },
  };
  connect();
  return { ...parts, breaker, calls, happen, told };
}

type Event = keyof ReturnType<typeof world>['happen'];

const event = fc.record({
  name: fc.constantFrom<Event>(
    ...([
      'a call succeeds',
      'a call succeeds late',
      'a call times out',
      'a call times out late',
      'the server loads',
      'the caller is wrong',
      'the connection is lost',
      'a connection is ready',
      'the server is unwell',
      'the server is well',
      'an operator isolates',
      'an operator restores',
    ] as const),
  ),
  times: fc.integer({ min: 1, max: 4 }),
  thenMs: fc.constantFrom(0, 0, 0, 50, 300, 1_500),
});

/** The circuit's own states as its events tell them; throws at a transition that does not exist. */
function follow(types: readonly string[]): string {
  let state = 'closed';
  for (const type of types) {
    const next = {
      'circuit.opened': state === 'closed' && 'open',
      'circuit.half-opened': state === 'open' && 'half-open',
      'circuit.probe-failed': state === 'half-open' && 'open',
      'test ended': state === 'half-open' && 'open',
      'circuit.closed': state === 'half-open' && 'closed',
    }[type];
    if (!next) throw new Error(`${type} while ${state}`);
    state = next;
  }
  return state;
}

describe('the circuit', () => {
  it('goes from state to state legally, and lets calls through again after every recovery', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 25 }), async (events) => {
        const { happen, breaker, calls, told, scripted, supervisor, outermost } = world();
        for (const { name, times, thenMs } of events) {
          for (let count = 0; count < times; count++) {
            happen[name]();
            await vi.advanceTimersByTimeAsync(0);
          }
          await vi.advanceTimersByTimeAsync(thenMs);
          const state = follow(told);
          expect(breaker.state).toBe(breaker.stats.isolated ? 'open' : state);
        }

        happen['the server is well']();
        happen['an operator restores']();
        if (!supervisor.available) happen['a connection is ready']();
        await vi.advanceTimersByTimeAsync(5_000);
        expect(breaker.state).toBe('closed');
        expect(follow(told)).toBe('closed');
        expect(calls.every(({ status }) => status !== 'pending')).toBe(true);
        expect(scripted.inFlight.size).toBe(0);
        outermost.close();
        expect(vi.getTimerCount()).toBe(0);
      }),
      { numRuns: 120 },
    );
  });
});
