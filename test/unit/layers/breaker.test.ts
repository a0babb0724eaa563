import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CLOSED, failure, type Failure } from '../../../src/failures/failure.ts';
import { CircuitOpenError, type BreakerOptions } from '../../../src/index.ts';
import { BreakerLayer } from '../../../src/layers/breaker/breaker.ts';
import { ConnectionStandIn, harness, loading, lost, timedOut, wrongType } from './harness.ts';
import { fails, refuses, replies } from './scripted-layer.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const guarded = (options: Partial<BreakerOptions> = {}) => {
  const made: { breaker?: BreakerLayer } = {};
  const parts = harness(
    ({ settings, supervisor, hub }) => {
      if (!settings.breaker) throw new Error('the breaker is off');
      const breaker = new BreakerLayer(
        () => ({ name: 'redis' }),
        { ...settings.breaker, busyDelayMs: settings.retry.busyDelayMs },
        supervisor.asSupervisor,
        hub,
        false,
      );
      supervisor.listeners.push(breaker);
      made.breaker = breaker;
      return [breaker];
    },
    { breaker: options },
  );
  const breaker = made.breaker!;
  const { scripted, run, supervisor } = parts;
  const connection = supervisor.connect();
  /** Runs one call that fails as told. */
  const fail = async (reason: Failure) => {
    scripted.script(fails(reason));
    run('SET k v');
    await vi.advanceTimersByTimeAsync(0);
  };
  const succeed = async () => {
    scripted.script(replies('OK'));
    const call = run('SET k v');
    await vi.advanceTimersByTimeAsync(0);
    return call;
  };
  /** Opens the circuit by as many failures in a row as it takes. */
  const open = async (reason: () => Failure = timedOut) => {
    for (let count = 0; breaker.state === 'closed' && count < 100; count++) await fail(reason());
  };
  return { ...parts, breaker, connection, fail, succeed, open };
};

describe('the circuit opens', () => {
  it('after so many failures in a row, and not one earlier', async () => {
    const { breaker, fail } = guarded({ consecutiveFailures: 4 });
    for (let count = 0; count < 3; count++) await fail(timedOut());
    expect(breaker.state).toBe('closed');
    await fail(timedOut());
    expect(breaker.state).toBe('open');
  });

  it('counts anew after each success', async () => {
    const { breaker, fail, succeed } = guarded({ consecutiveFailures: 3, minimumFailures: 100 });
    for (let round = 0; round < 5; round++) {
      await fail(timedOut());
      await fail(timedOut());
      await succeed();
    }
    expect(breaker.state).toBe('closed');
  });

  it('counts anew after a reply that is an error of the caller', async () => {
    const { breaker, fail } = guarded({ consecutiveFailures: 2, minimumFailures: 100 });
    for (let round = 0; round < 5; round++) {
      await fail(timedOut());
      await fail(wrongType());
    }
    expect(breaker.state).toBe('closed');
  });

  it('at the rate, once there are enough failures', async () => {
    const options = { consecutiveFailures: 100, minimumFailures: 4, failureRate: 0.5 };
    const { breaker, fail, succeed, circuitEvents } = guarded(options);
    for (let round = 0; round < 3; round++) {
      await succeed();
      await fail(timedOut());
    }
    expect(breaker.state).toBe('closed');
    await fail(timedOut());
    expect(breaker.state).toBe('open');
    expect(circuitEvents()).toEqual(['circuit.opened']);
  });

  it('at the rate to the call', async () => {
    const options = { consecutiveFailures: 100, minimumFailures: 3, failureRate: 0.5 };
    const { breaker, fail, succeed } = guarded(options);
    for (let count = 0; count < 3; count++) await succeed();
    for (let count = 0; count < 2; count++) await fail(timedOut());
    expect(breaker.state).toBe('closed');
    await fail(timedOut());
    expect(breaker.state).toBe('open');
  });

  it('and says what opened it', async () => {
    const { open, events } = guarded();
    await open();
    expect(events.find(({ type }) => type === 'circuit.opened')).toMatchObject({
      cause: 'consecutive-failures',
      failure: { kind: 'timeout' },
    });
  });

  it('not below the rate', async () => {
    const options = { consecutiveFailures: 100, minimumFailures: 2, failureRate: 0.5 };
    const { breaker, fail, succeed } = guarded(options);
    for (let round = 0; round < 10; round++) {
      await succeed();
      await succeed();
      await fail(timedOut());
    }
    expect(breaker.state).toBe('closed');
  });

  it('not for failures that the window has forgotten', async () => {
    const options = { consecutiveFailures: 100, minimumFailures: 3, windowMs: 1_000 };
    const { breaker, fail } = guarded(options);
    await fail(timedOut());
    await fail(timedOut());
    await vi.advanceTimersByTimeAsync(1_100);
    await fail(timedOut());
    expect(breaker.state).toBe('closed');
    expect(breaker.stats.failures).toBe(1);
  });

  it('not for one lost connection, however many calls it carried', async () => {
    const { breaker, run, scripted } = guarded({ consecutiveFailures: 2 });
    const calls = Array.from({ length: 50 }, () => run('SET k v'));
    scripted.loseAll(lost());
    await vi.advanceTimersByTimeAsync(0);
    expect(calls.every(({ status }) => status === 'rejected')).toBe(true);
    expect(breaker.stats).toMatchObject({ state: 'closed', failures: 1 });
    run('SET k v');
    scripted.loseAll(lost());
    expect(breaker.state).toBe('open');
  });

  it.each([
    { kind: 'auth' },
    { kind: 'circuit-open' },
    { kind: 'overloaded' },
    { kind: 'aborted' },
    { kind: 'closed' },
    { kind: 'unknown' },
    { kind: 'unavailable', reason: 'maintenance' },
    { kind: 'unavailable', reason: 'read-only' },
    { kind: 'unavailable', reason: 'out-of-memory' },
    { kind: 'unavailable', reason: 'persistence' },
    { kind: 'unavailable', reason: 'no-replicas' },
  ] as const)('never by what says nothing of the server: $kind $reason', async (facts) => {
    const { breaker, fail, open } = guarded({ consecutiveFailures: 3 });
    await fail(timedOut());
    await fail(timedOut());
    for (let count = 0; count < 20; count++) {
      await fail(failure({ ...facts, execution: 'not-executed', message: 'no' }));
    }
    expect(breaker.stats).toMatchObject({ state: 'closed', successes: 0, failures: 2 });
    // And it does not make good what was counted before.
    await fail(timedOut());
    expect(breaker.state).toBe('open');
    await open();
  });

  it.each([
    { reason: 'loading' },
    { reason: 'busy' },
    { reason: 'master-down' },
    { reason: 'cluster-down' },
    { reason: 'try-again' },
    { reason: 'max-clients' },
  ] as const)('by a server that does not serve: $reason', async ({ reason }) => {
    const { breaker, open } = guarded({ consecutiveFailures: 3 });
    await open(() =>
      failure({ kind: 'unavailable', reason, execution: 'not-executed', message: 'no' }),
    );
    expect(breaker.state).toBe('open');
  });

  it('never by blocking commands', async () => {
    const { breaker, run, scripted } = guarded({ consecutiveFailures: 1 });
    scripted.script(fails(timedOut()));
    run('BLPOP k 1', { policy: { blocking: true } });
    await vi.advanceTimersByTimeAsync(0);
    expect(breaker.stats).toMatchObject({ state: 'closed', failures: 0 });
  });

  it('by calls that were given up in flight, and not by those that were still held', () => {
    const { breaker, run, outermost } = guarded({ consecutiveFailures: 1 });
    const held = run('SET k v');
    held.call.attempt!.abandon();
    outermost.cancel(held.call, timedOut());
    expect(breaker.state).toBe('closed');
    const sent = run('SET k v');
    outermost.cancel(sent.call, timedOut());
    expect(breaker.state).toBe('open');
  });
});

describe('an open circuit', () => {
  it('refuses every call at once, with what opened it as the cause', async () => {
    const { run, open, scripted } = guarded();
    await open(loading);
    const before = scripted.received.length;
    const [one, other] = [run('GET k'), run('INCR k')];
    await vi.advanceTimersByTimeAsync(300);
    expect(scripted.received).toHaveLength(before);
    expect(one.error).toBeInstanceOf(CircuitOpenError);
    expect(one.error).toMatchObject({
      message: 'Cannot send GET: the circuit is open',
      execution: 'not-sent',
      attempts: 0,
      retryAfterMs: 200,
      cause: { kind: 'unavailable', reason: 'loading', command: 'NONE', attempts: 0, elapsedMs: 0 },
    });
    expect(other.error?.cause).toBe(one.error?.cause);
    expect(run('GET k').call.execution).toBe('not-sent');
  });

  it('says how long it will stay so', async () => {
    const { run, open, supervisor } = guarded();
    await open();
    supervisor.available = undefined;
    await vi.advanceTimersByTimeAsync(400);
    const call = run('GET k');
    await vi.advanceTimersByTimeAsync(0);
    expect(call.error).toMatchObject({ retryAfterMs: 600 });
    await vi.advanceTimersByTimeAsync(5_000);
    const late = run('GET k');
    await vi.advanceTimersByTimeAsync(0);
    expect(late.error).toMatchObject({ retryAfterMs: 0 });
  });

  it('learns nothing from calls that were admitted before it opened', async () => {
    const { breaker, run, scripted, open, connection } = guarded({ consecutiveFailures: 3 });
    scripted.script(fails(timedOut(), 1_500), replies('late', 1_600));
    const calls = [run('SET k v'), run('SET k v')];
    await open();
    connection.answer = () => Promise.reject(loadingReply());
    await vi.advanceTimersByTimeAsync(1_700);
    expect(calls.map(({ status }) => status)).toEqual(['rejected', 'resolved']);
    expect(breaker.state).toBe('open');
  });

  it.each([
    { title: 'failures', step: fails(timedOut(), 5_000) },
    { title: 'successes', step: replies('late', 5_000) },
  ])('closes with an empty memory: late $title teach nothing', async ({ step }) => {
    const { breaker, run, scripted, open, circuitEvents } = guarded({ consecutiveFailures: 3 });
    scripted.script(...Array.from({ length: 9 }, () => step));
    const late = Array.from({ length: 9 }, () => run('SET k v'));
    await open();
    await vi.advanceTimersByTimeAsync(1_100);
    expect(breaker.stats).toMatchObject({ state: 'closed', successes: 0, failures: 0 });
    await vi.advanceTimersByTimeAsync(3_950);
    expect(late.every(({ status }) => status !== 'pending')).toBe(true);
    expect(breaker.stats).toMatchObject({ state: 'closed', successes: 0, failures: 0 });
    expect(circuitEvents()).toHaveLength(3);
  });
});

const loadingReply = () => new Error('LOADING wait');
const resetError = () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

describe('the test of the server', () => {
  it('closes the circuit when every probe is answered', async () => {
    const { breaker, connection, open, circuitEvents, events, succeed } = guarded({
      halfOpenProbes: 4,
    });
    await vi.advanceTimersByTimeAsync(3_000);
    const timers = vi.getTimerCount();
    await open();
    await vi.advanceTimersByTimeAsync(999);
    expect(connection.asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(vi.getTimerCount()).toBe(timers);
    expect(connection.asked).toEqual(Array.from({ length: 4 }, () => ['PING']));
    expect(breaker.state).toBe('closed');
    expect(circuitEvents()).toEqual(['circuit.opened', 'circuit.half-opened', 'circuit.closed']);
    expect(events.find(({ type }) => type === 'circuit.closed')).toMatchObject({ openMs: 1_000 });
    expect((await succeed()).value).toBe('OK');
  });

  it('is in the state that an event tells of, for whoever looks when it is told', async () => {
    const { breaker, hub, open } = guarded();
    const seen: [string, string][] = [];
    hub.subscribe(({ type }) => {
      if (type.startsWith('circuit.')) seen.push([type, breaker.state]);
    });
    await open();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(seen).toEqual([
      ['circuit.opened', 'open'],
      ['circuit.half-opened', 'half-open'],
      ['circuit.closed', 'closed'],
    ]);
  });

  it('fails if one of the probes does', async () => {
    const { breaker, connection, open, circuitEvents } = guarded();
    await open();
    let left = 2;
    connection.answer = () =>
      left-- > 0 ? Promise.resolve('PONG') : Promise.reject(loadingReply());
    await vi.advanceTimersByTimeAsync(1_000);
    expect(connection.asked).toHaveLength(3);
    expect(breaker.state).toBe('open');
    expect(circuitEvents()).toEqual([
      'circuit.opened',
      'circuit.half-opened',
      'circuit.probe-failed',
    ]);
  });

  it('is bounded: a probe that is never answered fails it', async () => {
    const { breaker, connection, open } = guarded();
    await open();
    connection.answer = () => new Promise(() => undefined);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(breaker.state).toBe('half-open');
    await vi.advanceTimersByTimeAsync(500);
    expect(breaker.state).toBe('open');
  });

  it.each([
    { title: 'go through in their order when it has passed', well: true },
    { title: 'are refused when it has failed', well: false },
  ])('is waited for by calls of users, which $title', async ({ well }) => {
    const { run, connection, open, scripted } = guarded();
    await open();
    const before = scripted.received.length;
    connection.answer = () =>
      new Promise((resolve, reject) => {
        if (well) setTimeout(resolve, 100, 'PONG');
        else setTimeout(reject, 300, loadingReply());
      });
    await vi.advanceTimersByTimeAsync(1_200);
    const calls = [run('GET a'), run('GET b')];
    await vi.advanceTimersByTimeAsync(50);
    expect(scripted.received).toHaveLength(before);
    expect(calls.map(({ status }) => status)).toEqual(['pending', 'pending']);
    scripted.script(replies('a'), replies('b'));
    await vi.advanceTimersByTimeAsync(51);
    expect(calls.map(({ value, error }) => value ?? error?.kind)).toEqual(
      well ? ['a', 'b'] : ['circuit-open', 'circuit-open'],
    );
  });

  it('is waited for by blocking commands that came before it, until they are given up', async () => {
    const { run, open, scripted, outermost } = guarded();
    await open();
    const before = scripted.received.length;
    const blocking = { policy: { blocking: true } };
    const [first, second] = [run('BLPOP a 1', blocking), run('BLPOP b 1', blocking)];
    outermost.cancel(first.call, timedOut());
    scripted.script(replies('b'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(second.value).toBe('b');
    expect(scripted.received).toHaveLength(before + 1);
  });

  it('is not waited for by more calls than are worth it', async () => {
    const { run, connection, open } = guarded();
    await open();
    connection.answer = () => new Promise(() => undefined);
    await vi.advanceTimersByTimeAsync(1_000);
    const calls = Array.from({ length: 1_001 }, () => run('GET k'));
    await vi.advanceTimersByTimeAsync(0);
    expect(calls.filter(({ status }) => status === 'pending')).toHaveLength(1_000);
    expect(calls[1_000]?.error).toBeInstanceOf(CircuitOpenError);
  });

  it.each([{ code: 'NOPERM this user may not' }, { code: 'ERR unknown command' }])(
    'is passed by a server that answers PING with $code',
    async ({ code }) => {
      const { breaker, connection, open } = guarded();
      await open();
      connection.answer = () => Promise.reject(new Error(code));
      await vi.advanceTimersByTimeAsync(1_000);
      expect(breaker.state).toBe('closed');
    },
  );

  it.each([
    { share: 0, low: 800 },
    { share: 0.5, low: 1_000 },
    { share: 1, low: 1_200 },
  ])('comes after a time that doubles, spread by a fifth: $share', async ({ share, low }) => {
    vi.spyOn(Math, 'random').mockReturnValue(share);
    const { connection, open } = guarded({ maxOpenDurationMs: 8_000 });
    const testedAt: number[] = [];
    connection.answer = () => {
      testedAt.push(performance.now());
      return Promise.reject(resetError());
    };
    await open();
    const openedAt = performance.now();
    await vi.advanceTimersByTimeAsync(60_000);
    const pauses = testedAt.map((at, index) => at - (testedAt[index - 1] ?? openedAt));
    const factor = low / 1_000;
    expect(pauses.slice(0, 6).map(Math.round)).toEqual(
      [1_000, 2_000, 4_000, 8_000, 8_000, 8_000].map((ms) => Math.round(ms * factor)),
    );
  });

  it('comes every busyDelayMs where the server answers that it needs time', async () => {
    const { connection, open, breaker } = guarded();
    const testedAt: number[] = [];
    connection.answer = () => {
      testedAt.push(performance.now());
      return Promise.reject(loadingReply());
    };
    await open(loading);
    const openedAt = performance.now();
    await vi.advanceTimersByTimeAsync(10_000);
    const pauses = testedAt.map((at, index) => at - (testedAt[index - 1] ?? openedAt));
    expect(pauses).toEqual(Array.from({ length: 50 }, () => 200));
    connection.answer = () => Promise.resolve('PONG');
    await vi.advanceTimersByTimeAsync(200);
    expect(breaker.state).toBe('closed');
  });

  it.each([
    { title: 'a reply', isError: false },
    { title: 'an error of the server', isError: true },
  ])('comes soon after an answer that came too late, be it $title', async ({ isError }) => {
    const { connection, open, breaker, supervisor } = guarded({ openDurationMs: 10_000 });
    await open();
    connection.answer = () =>
      new Promise((resolve, reject) => {
        if (isError) setTimeout(reject, 800, loadingReply());
        else setTimeout(resolve, 800, 'PONG');
      });
    supervisor.connect(connection);
    await vi.advanceTimersByTimeAsync(801);
    expect(breaker.state).toBe('open');
    connection.answer = () => Promise.resolve('PONG');
    await vi.advanceTimersByTimeAsync(198);
    expect(breaker.state).toBe('open');
    await vi.advanceTimersByTimeAsync(2);
    expect(breaker.state).toBe('closed');
  });

  it('is not put off by an answer that came too late where it is due sooner', async () => {
    const options = { openDurationMs: 100, maxOpenDurationMs: 100 };
    const { connection, open, breaker } = guarded(options);
    await open();
    connection.answer = () => new Promise((resolve) => setTimeout(resolve, 550, 'PONG'));
    await vi.advanceTimersByTimeAsync(651);
    connection.answer = () => Promise.resolve('PONG');
    await vi.advanceTimersByTimeAsync(48);
    expect(breaker.state).toBe('open');
    await vi.advanceTimersByTimeAsync(1);
    expect(breaker.state).toBe('closed');
  });

  it('has its own result, whatever the one before it answers meanwhile', async () => {
    const { connection, open, breaker, supervisor } = guarded({ openDurationMs: 10_000 });
    await open();
    connection.answer = () => new Promise((resolve) => setTimeout(resolve, 800, 'PONG'));
    supervisor.connect(connection);
    await vi.advanceTimersByTimeAsync(600);
    const fresh = new ConnectionStandIn();
    fresh.answer = () => new Promise((resolve) => setTimeout(resolve, 300, 'PONG'));
    supervisor.connect(fresh);
    await vi.advanceTimersByTimeAsync(250);
    expect(breaker.state).toBe('half-open');
    await vi.advanceTimersByTimeAsync(651);
    expect(breaker.state).toBe('closed');
  });

  it('is not hurried by the end of a connection that was asked in vain', async () => {
    const { connection, open, breaker, supervisor } = guarded({ openDurationMs: 10_000 });
    await open();
    connection.answer = () => new Promise((_, reject) => setTimeout(reject, 800, resetError()));
    supervisor.connect(connection);
    await vi.advanceTimersByTimeAsync(801);
    connection.answer = () => Promise.resolve('PONG');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(breaker.state).toBe('open');
  });

  it('begins with the short time again in the next outage', async () => {
    const { breaker, connection, open } = guarded();
    connection.answer = () => Promise.reject(resetError());
    await open();
    await vi.advanceTimersByTimeAsync(3_500);
    connection.answer = () => Promise.resolve('PONG');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(breaker.state).toBe('closed');
    await open();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(breaker.state).toBe('closed');
  });

  it('comes at once when a fresh connection is ready', async () => {
    const { breaker, supervisor, open } = guarded();
    await open();
    supervisor.available = undefined;
    await vi.advanceTimersByTimeAsync(100);
    const fresh = supervisor.connect();
    await vi.advanceTimersByTimeAsync(0);
    expect(fresh.asked).toHaveLength(3);
    expect(breaker.state).toBe('closed');
  });

  it('waits for a connection where there is none', async () => {
    const { breaker, supervisor, connection, open } = guarded();
    await open();
    supervisor.available = undefined;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(breaker.state).toBe('open');
    expect(connection.asked).toEqual([]);
    supervisor.connect();
    await vi.advanceTimersByTimeAsync(0);
    expect(breaker.state).toBe('closed');
  });

  it('is begun again by a connection that came while it ran and failed', async () => {
    const { breaker, supervisor, connection, open } = guarded();
    await open();
    connection.answer = () => new Promise(() => undefined);
    await vi.advanceTimersByTimeAsync(1_000);
    const fresh = supervisor.connect();
    expect(fresh.asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(500);
    expect(fresh.asked).toHaveLength(3);
    expect(breaker.state).toBe('closed');
  });

  it('states the two ends of an outage once, however often it fails between', async () => {
    const { connection, open, circuitEvents } = guarded();
    await open();
    connection.answer = () => Promise.reject(loadingReply());
    await vi.advanceTimersByTimeAsync(20_000);
    connection.answer = () => Promise.resolve('PONG');
    await vi.advanceTimersByTimeAsync(60_000);
    const ends = circuitEvents().filter((type) => type !== 'circuit.half-opened');
    expect(ends.filter((type) => type !== 'circuit.probe-failed')).toEqual([
      'circuit.opened',
      'circuit.closed',
    ]);
    expect(ends.length).toBeGreaterThan(4);
  });
});

describe('a circuit without a connection', () => {
  const reason = () => failure({ kind: 'transport', execution: 'not-sent', message: 'refused' });

  it('opens after disconnectedMs, and fails everything that waits with the last failure', async () => {
    const { breaker, supervisor, events } = guarded({ disconnectedMs: 700 });
    supervisor.disconnect(reason());
    const last = { ...reason(), message: 'refused again' };
    supervisor.lastFailure = last;
    await vi.advanceTimersByTimeAsync(699);
    expect(breaker.state).toBe('closed');
    expect(supervisor.abandoned).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(breaker.state).toBe('open');
    expect(supervisor.abandoned).toEqual([last]);
    expect(events).toMatchObject([{ type: 'circuit.opened', cause: 'disconnected' }]);
  });

  it('fails everything that waits with the loss itself where nothing failed since', async () => {
    const { supervisor } = guarded({ disconnectedMs: 700 });
    const loss = reason();
    supervisor.disconnect(loss);
    await vi.advanceTimersByTimeAsync(700);
    expect(supervisor.abandoned).toEqual([loss]);
  });

  it('is open already where calls have failed before, and fails what waits all the same', async () => {
    const { supervisor, open, circuitEvents } = guarded({ disconnectedMs: 700 });
    await open();
    supervisor.disconnect(reason());
    await vi.advanceTimersByTimeAsync(700);
    expect(circuitEvents()).toEqual(['circuit.opened']);
    expect(supervisor.abandoned).toHaveLength(1);
  });

  it('counts from the first loss, not from the last', async () => {
    const { breaker, supervisor } = guarded({ disconnectedMs: 700 });
    supervisor.disconnect(reason());
    await vi.advanceTimersByTimeAsync(500);
    supervisor.disconnect(reason());
    await vi.advanceTimersByTimeAsync(200);
    expect(breaker.state).toBe('open');
  });

  it('stays closed where a connection comes in time', async () => {
    const { breaker, supervisor, circuitEvents } = guarded({ disconnectedMs: 700 });
    supervisor.disconnect(reason());
    await vi.advanceTimersByTimeAsync(300);
    supervisor.disconnect(reason());
    await vi.advanceTimersByTimeAsync(200);
    supervisor.connect();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(circuitEvents()).toEqual([]);
    supervisor.disconnect(reason());
    await vi.advanceTimersByTimeAsync(699);
    expect(breaker.state).toBe('closed');
  });
});

describe('isolate and restore', () => {
  it('hold the circuit open by hand, and let it go through a test', async () => {
    const { breaker, run, connection, circuitEvents, events } = guarded();
    breaker.isolate();
    breaker.isolate();
    const call = run('GET k');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(call.error).toMatchObject({
      kind: 'circuit-open',
      message: 'Cannot send GET: the circuit is isolated',
    });
    expect(breaker.stats).toMatchObject({ state: 'open', isolated: true });
    expect(connection.asked).toEqual([]);
    breaker.restore();
    breaker.restore();
    await vi.advanceTimersByTimeAsync(0);
    expect(breaker.stats).toMatchObject({ state: 'closed', isolated: false });
    expect(connection.asked).toHaveLength(3);
    expect(circuitEvents()).toEqual(['circuit.opened', 'circuit.half-opened', 'circuit.closed']);
    const opened = events.find(({ type }) => type === 'circuit.opened');
    expect(opened).toMatchObject({ cause: 'isolated' });
    expect(opened).not.toHaveProperty('failure');
  });

  it('hold against a fresh connection too', async () => {
    const { breaker, supervisor } = guarded();
    breaker.isolate();
    const fresh = supervisor.connect();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(fresh.asked).toEqual([]);
    expect(breaker.state).toBe('open');
  });

  it('leave the circuit open where the server is not well when it is let go', async () => {
    const { breaker, connection } = guarded();
    breaker.isolate();
    connection.answer = () => Promise.reject(loadingReply());
    breaker.restore();
    await vi.advanceTimersByTimeAsync(0);
    expect(breaker.state).toBe('open');
    connection.answer = () => Promise.resolve('PONG');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(breaker.state).toBe('closed');
  });

  it('test the server in the async context of none', async () => {
    const { breaker, connection } = guarded();
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    connection.answer = () => {
      seen.push(storage.getStore());
      return Promise.resolve('PONG');
    };
    breaker.isolate();
    storage.run('the operator', () => {
      breaker.restore();
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(breaker.state).toBe('closed');
    expect(new Set(seen)).toEqual(new Set([undefined]));
  });

  it('end a test that is running, and what waits for it', async () => {
    const { breaker, run, connection, open, circuitEvents } = guarded();
    await open();
    let answer: (reply: string) => void = () => undefined;
    connection.answer = () => new Promise((resolve) => (answer = resolve));
    await vi.advanceTimersByTimeAsync(1_000);
    const call = run('GET k');
    breaker.isolate();
    answer('PONG');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(call.error?.kind).toBe('circuit-open');
    expect(breaker.state).toBe('open');
    expect(circuitEvents()).toEqual(['circuit.opened', 'circuit.half-opened']);
    connection.answer = () => Promise.resolve('PONG');
    breaker.restore();
    await vi.advanceTimersByTimeAsync(0);
    expect(breaker.state).toBe('closed');
    expect(circuitEvents().slice(2)).toEqual(['circuit.half-opened', 'circuit.closed']);
  });

  it('do nothing to a circuit that was not isolated', async () => {
    const { breaker, open, connection } = guarded();
    breaker.restore();
    expect(breaker.state).toBe('closed');
    await open();
    breaker.restore();
    await vi.advanceTimersByTimeAsync(0);
    expect(connection.asked).toEqual([]);
    expect(breaker.state).toBe('open');
  });
});

describe('closing the client', () => {
  it.each([
    { title: 'a closed circuit', prepare: () => Promise.resolve() },
    {
      title: 'an open circuit',
      prepare: async ({ open }: ReturnType<typeof guarded>) => {
        await open();
      },
    },
    {
      title: 'a circuit without a connection',
      prepare: ({ supervisor }: ReturnType<typeof guarded>) => {
        supervisor.disconnect(lost());
        return Promise.resolve();
      },
    },
  ])('leaves no timer of $title', async ({ prepare }) => {
    const made = guarded();
    await prepare(made);
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    made.outermost.close();
    expect(vi.getTimerCount()).toBe(0);
    expect(made.breaker.state).toBe('closed');
    // Closing is no recovery.
    expect(made.circuitEvents()).not.toContain('circuit.closed');
  });

  it('ends what waits for a circuit that is isolated', async () => {
    const { breaker, outermost, run, scripted } = guarded();
    breaker.isolate();
    const call = run('BLPOP k 0', { policy: { blocking: true } });
    scripted.script(refuses(CLOSED));
    outermost.close();
    await vi.advanceTimersByTimeAsync(0);
    expect(call.error).toMatchObject({ kind: 'closed' });
  });

  it('leaves nothing of a test that was running', async () => {
    const { breaker, connection, open, outermost } = guarded();
    await open();
    connection.answer = () => new Promise(() => undefined);
    await vi.advanceTimersByTimeAsync(1_000);
    outermost.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(breaker.state).toBe('closed');
    expect(vi.getTimerCount()).toBe(0);
  });
});
