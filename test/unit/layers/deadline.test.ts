import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CommandTimeoutError } from '../../../src/index.ts';
import { AttemptTimeoutLayer } from '../../../src/layers/attempt-timeout.ts';
import { BulkheadLayer } from '../../../src/layers/bulkhead.ts';
import { DeadlineLayer } from '../../../src/layers/deadline.ts';
import { RetryBudget } from '../../../src/layers/retry-budget.ts';
import { RetryLayer } from '../../../src/layers/retry.ts';
import type { ResilienceOptions } from '../../../src/options/types.ts';
import { harness, loading, lost, wrongType } from './harness.ts';
import { fails, replies } from './scripted-layer.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** The layers that end calls by time, in their order, around those that hold them. */
const timed = (options: ResilienceOptions = {}) =>
  harness(
    ({ settings, supervisor, hub, counters }) => [
      new DeadlineLayer(),
      new RetryLayer(new RetryBudget(settings.retry, 100), supervisor.asSupervisor, hub, counters),
      new BulkheadLayer(settings.bulkhead, supervisor.asSupervisor),
      new AttemptTimeoutLayer(),
    ],
    { retry: false, ...options },
  );

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('the deadline of a call', () => {
  it('ends one that waits, which was certainly not sent', async () => {
    const { run, supervisor, scripted } = timed({ timeout: { totalMs: 300 } });
    supervisor.available = undefined;
    const call = run('INCR k');
    await pass(299);
    expect(call.status).toBe('pending');
    await pass(3);
    expect(call.error).toBeInstanceOf(CommandTimeoutError);
    expect(call.error).toMatchObject({
      message: 'INCR could not be sent within 300 ms',
      execution: 'not-sent',
      attempts: 0,
    });
    expect(call.call.waiting).toBeUndefined();
    expect(scripted.received).toEqual([]);
  });

  it('ends one in flight, which may have been executed', async () => {
    const { run, scripted } = timed({ timeout: { attemptMs: 300, totalMs: 300 } });
    const call = run('INCR k', { policy: { attemptMs: Infinity } });
    await pass(301);
    expect(call.error).toMatchObject({
      kind: 'timeout',
      message: 'INCR got no reply within 300 ms; it may have been executed',
      execution: 'unknown',
      attempts: 1,
    });
    expect(scripted.inFlight.size).toBe(0);
    expect(scripted.abandoned).toMatchObject([{ kind: 'timeout' }]);
  });

  it('covers attempts and delays together', async () => {
    const { run, scripted } = timed({
      timeout: { attemptMs: 200, totalMs: 500 },
      retry: { maxAttempts: 9, busyDelayMs: 100, baseDelayMs: 0 },
    });
    const call = run('GET k');
    await pass(501);
    expect(call.error).toMatchObject({ kind: 'timeout', execution: 'unknown' });
    expect(call.error!.elapsedMs).toBeLessThanOrEqual(501);
    expect(scripted.received.length).toBeGreaterThan(1);
  });

  it('ends a call between two attempts, with what an earlier one may have done', async () => {
    const { run, scripted } = timed({
      timeout: { totalMs: 500 },
      retry: { busyDelayMs: 0, baseDelayMs: 0 },
    });
    scripted.script(fails(lost()), fails(loading()));
    const call = run('SET k v', { policy: { attemptMs: Infinity } });
    await pass(501);
    expect(call.error).toMatchObject({ kind: 'timeout', execution: 'unknown', attempts: 3 });
  });

  it('says what an earlier attempt may have done, of a call that waits for its next', async () => {
    const { run, scripted, supervisor } = timed({ timeout: { totalMs: 500 }, retry: {} });
    scripted.script(fails(lost(), 10));
    const call = run('SET k v');
    supervisor.available = undefined;
    await pass(501);
    expect(call.error).toMatchObject({
      message: 'SET got no reply within 500 ms; it may have been executed',
      execution: 'unknown',
      attempts: 1,
    });
    expect(scripted.received).toHaveLength(1);
  });

  it('is lifted when the call is answered, and leaves no timer', async () => {
    const { run, scripted, outermost } = timed({ timeout: { totalMs: 300 } });
    scripted.script(replies('v', 100), fails(wrongType(), 100));
    const calls = [run('GET a'), run('GET b')];
    await pass(5_000);
    expect(calls.map(({ status }) => status)).toEqual(['resolved', 'rejected']);
    expect(vi.getTimerCount()).toBe(0);
    outermost.close();
  });

  it('does not exist where timeouts are off', async () => {
    const { run } = timed({ timeout: false });
    const call = run('GET k');
    await pass(3_600_000);
    expect(call.status).toBe('pending');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('leaves no timer when the client is closed', () => {
    const { run, outermost } = timed();
    run('GET k');
    expect(vi.getTimerCount()).toBe(2);
    outermost.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('holds for a blocking command only until it was dispatched', async () => {
    const { run, scripted } = timed();
    const blocking = { blocking: true, totalMs: 300, attemptMs: 2_000 };
    scripted.script(replies('element', 1_500));
    const answered = run('BLPOP k 1', { policy: blocking });
    const unanswered = run('BLPOP k 1', { policy: blocking });
    await pass(1_501);
    expect(answered.value).toBe('element');
    expect(unanswered.status).toBe('pending');
    await pass(500);
    expect(unanswered.error).toMatchObject({ kind: 'timeout', execution: 'unknown' });
  });
});

describe('the deadline of an attempt', () => {
  it('runs from dispatch to reply', async () => {
    const { run, supervisor, scripted } = timed({ timeout: { attemptMs: 100 } });
    supervisor.available = undefined;
    const call = run('INCR k');
    await pass(1_000);
    expect(call.status).toBe('pending');
    supervisor.listeners.length = 0;
    const held = run('INCR k', { policy: { blocking: true, attemptMs: 100 } });
    await pass(101);
    expect(held.error).toMatchObject({
      kind: 'timeout',
      message: 'INCR got no reply within 100 ms; it may have been executed',
      execution: 'unknown',
    });
    expect(scripted.inFlight.size).toBe(0);
  });

  it('begins anew with each attempt', async () => {
    const { run, scripted } = timed({
      timeout: { attemptMs: 100, totalMs: 5_000 },
      retry: { maxAttempts: 2, baseDelayMs: 0 },
    });
    const call = run('GET k');
    await pass(101);
    expect(scripted.received).toHaveLength(2);
    await pass(98);
    expect(call.status).toBe('pending');
    await pass(5);
    expect(call.error).toMatchObject({ kind: 'timeout', attempts: 2 });
  });

  it('does not end an attempt that was answered', async () => {
    const { run, scripted } = timed({ timeout: { attemptMs: 100 } });
    scripted.script(replies('v', 99));
    const call = run('GET k');
    await pass(5_000);
    expect(call.value).toBe('v');
    expect(scripted.abandoned).toEqual([]);
  });

  it('is not counted against the attempt that follows', async () => {
    const { run, scripted } = timed({
      timeout: { attemptMs: 100, totalMs: 5_000 },
      retry: { baseDelayMs: 0 },
    });
    scripted.script(fails(lost(), 60), replies('v', 90));
    const call = run('GET k');
    await pass(5_000);
    expect(call).toMatchObject({ value: 'v' });
    expect(call.call.attempts).toBe(2);
  });
});
