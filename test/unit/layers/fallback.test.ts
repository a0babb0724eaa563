import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failure } from '../../../src/failures/failure.ts';
import { VERDICTS, type FailureKind } from '../../../src/failures/kinds.ts';
import { TransportError, type Fallback } from '../../../src/index.ts';
import { FallbackLayer } from '../../../src/layers/fallback.ts';
import { harness, lost, wrongType } from './harness.ts';
import { fails, replies } from './scripted-layer.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const answering = (fallback: Fallback) => harness(() => [new FallbackLayer(false)], { fallback });

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('fallback', () => {
  it.each([
    { title: 'a value', fallback: () => 'stale' },
    { title: 'a promise', fallback: () => Promise.resolve('stale') },
  ])('answers with $title where Redis could not be asked', async ({ fallback }) => {
    const { run, scripted } = answering(fallback);
    scripted.script(fails(lost()));
    const call = run('GET k');
    await pass(0);
    expect(call).toMatchObject({ status: 'resolved', value: 'stale' });
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    { reason: lost, kind: 'transport' },
    {
      reason: () => failure({ kind: 'circuit-open', execution: 'not-sent', message: 'no' }),
      kind: 'circuit-open',
    },
  ])('makes of $kind a fallback, neither a success nor a failure', async ({ reason, kind }) => {
    const { run, scripted, counters, events, admission } = answering(
      () => new Promise((resolve) => setTimeout(resolve, 30, 'stale')),
    );
    scripted.script(fails(reason(), 7));
    const call = run('GET k');
    await pass(37);
    expect(call.value).toBe('stale');
    expect(counters).toMatchObject({ fallbacks: 1, succeeded: 0, refused: 0, failures: {} });
    expect(counters.attempts).toBe(1);
    expect(events).toMatchObject([
      { type: 'call.fallback', command: 'GET', attempts: 1, durationMs: 37, failure: { kind } },
    ]);
    expect(admission.pending).toBe(0);
  });

  it('is no answer to a strict call where it finds nothing either', async () => {
    const { run, scripted, counters, events } = answering(() => null);
    scripted.script(fails(lost()), fails(lost()));
    const [strict, lax] = [run('GET k', { strict: true }), run('GET k')];
    await pass(0);
    expect([strict.error?.kind, lax.value]).toEqual(['not-found', null]);
    expect(counters).toMatchObject({ fallbacks: 1, succeeded: 0, failures: { 'not-found': 1 } });
    expect(events.map(({ type }) => type)).toEqual(['call.failed', 'call.fallback']);
  });

  it('that answers nothing is a failure', async () => {
    const { run, scripted, counters, events } = answering(() => Promise.reject(new Error('mine')));
    scripted.script(fails(lost()));
    run('GET k');
    await pass(0);
    expect(counters).toMatchObject({ fallbacks: 0, failures: { transport: 1 } });
    expect(events.map(({ type }) => type)).toEqual(['call.failed']);
  });

  it('is asked in the async context of the caller, whatever ended the call', async () => {
    const storage = new AsyncLocalStorage<string>();
    const { run, scripted } = answering(() => storage.getStore());
    scripted.script(fails(lost(), 5));
    const call = storage.run('ann', () => run('GET k'));
    await storage.run('the timer', () => pass(5));
    expect(call.value).toBe('ann');
  });

  it('may answer with nothing', async () => {
    const { run, scripted } = answering(() => undefined);
    scripted.script(fails(lost()));
    const call = run('GET k');
    await pass(0);
    expect(call).toMatchObject({ status: 'resolved', value: undefined });
  });

  it('is not listened to any more once its time is up', async () => {
    const late = () => new Promise((resolve) => setTimeout(resolve, 600, 'late'));
    const { run, scripted, outermost } = harness(() => [new FallbackLayer(false)], {
      timeout: { totalMs: 500 },
      fallback: late,
    });
    scripted.script(fails(lost()));
    const call = run('GET k');
    await pass(500);
    expect(call.status).toBe('rejected');
    const succeeded = vi.spyOn(outermost, 'succeeded');
    await pass(200);
    expect(succeeded).not.toHaveBeenCalled();
  });

  it('has said its last word with its answer, also when the client is closed', async () => {
    const { run, scripted, outermost } = answering(() => 'stale');
    scripted.script(fails(lost()));
    run('GET k');
    await pass(0);
    const failed = vi.spyOn(outermost, 'failed');
    outermost.close();
    expect(failed).not.toHaveBeenCalled();
  });

  it('is told what failed, as the error that the caller would have got', async () => {
    const fallback = vi.fn<Fallback>(() => 'stale');
    const { run, scripted } = answering(fallback);
    scripted.script(fails(lost()));
    run('GET k');
    await pass(0);
    expect(fallback).toHaveBeenCalledTimes(1);
    const [error] = fallback.mock.calls[0]!;
    expect(error).toBeInstanceOf(TransportError);
    expect(error).toMatchObject({ command: 'GET', attempts: 1, execution: 'unknown' });
  });

  it.each(
    (Object.keys(VERDICTS) as FailureKind[]).map((kind) => ({
      kind,
      asked: VERDICTS[kind].outage,
    })),
  )('is asked after $kind: $asked', async ({ kind, asked }) => {
    const fallback = vi.fn<Fallback>(() => 'stale');
    const { run, scripted } = answering(fallback);
    scripted.script(fails(failure({ kind, execution: 'not-executed', message: 'no' })));
    const call = run('GET k');
    await pass(0);
    expect(fallback).toHaveBeenCalledTimes(asked ? 1 : 0);
    expect(call.status).toBe(asked ? 'resolved' : 'rejected');
  });

  it('is not asked where Redis answered', async () => {
    const fallback = vi.fn<Fallback>(() => 'stale');
    const { run, scripted } = answering(fallback);
    scripted.script(replies(null), fails(wrongType()));
    const calls = [run('GET k'), run('GET k')];
    await pass(0);
    expect(fallback).not.toHaveBeenCalled();
    expect(calls.map(({ status }) => status)).toEqual(['resolved', 'rejected']);
  });

  it.each([
    {
      title: 'throws',
      fallback: () => {
        throw new Error('mine');
      },
    },
    { title: 'rejects', fallback: () => Promise.reject(new Error('mine')) },
  ])('passes the failure of Redis on where it $title', async ({ fallback }) => {
    const { run, scripted } = answering(fallback);
    scripted.script(fails(lost()));
    const call = run('GET k');
    await pass(0);
    expect(call.error).toMatchObject({ kind: 'transport', message: 'reset' });
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    { title: 'as long as the call itself', totalMs: 700, boundMs: 700 },
    { title: 'five seconds where the call has no deadline', totalMs: Infinity, boundMs: 5_000 },
  ])('gets $title to answer', async ({ totalMs, boundMs }) => {
    const { run, scripted } = answering(() => new Promise(() => undefined));
    scripted.script(fails(lost()));
    const call = run('GET k', { policy: { totalMs } });
    await pass(boundMs - 1);
    expect(call.status).toBe('pending');
    await pass(1);
    expect(call.error).toMatchObject({ kind: 'transport', message: 'reset' });
  });

  it('is too late after that', async () => {
    const { run, scripted, counters } = answering(
      () =>
        new Promise((resolve) => {
          setTimeout(resolve, 900, 'late');
        }),
    );
    scripted.script(fails(lost()));
    const call = run('GET k', { policy: { totalMs: 700 } });
    await pass(2_000);
    expect(call.status).toBe('rejected');
    expect(counters).toMatchObject({ succeeded: 0, failures: { transport: 1 } });
  });

  it('is given up when the client is closed, and leaves no timer', async () => {
    const { run, scripted, outermost } = answering(() => new Promise(() => undefined));
    scripted.script(fails(lost()));
    const call = run('GET k');
    await pass(0);
    expect(vi.getTimerCount()).toBe(1);
    outermost.close();
    expect(vi.getTimerCount()).toBe(0);
    await pass(0);
    expect(call.error).toMatchObject({ kind: 'transport', message: 'reset' });
  });

  it('can be given per command, and switched off', async () => {
    const { run, scripted } = harness(() => [new FallbackLayer(false)], {
      fallback: () => 'all',
      commands: { GET: { fallback: () => 'own' }, INCR: { fallback: false } },
    });
    scripted.script(fails(lost()), fails(lost()), fails(lost()));
    const calls = [run('GET k'), run('SET k v'), run('INCR k')];
    await pass(0);
    expect(calls.map(({ value }) => value)).toEqual(['own', 'all', undefined]);
    expect(calls[2]?.status).toBe('rejected');
  });
});
