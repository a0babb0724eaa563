import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AbortedError } from '../../../src/index.ts';
import { AbortLayer } from '../../../src/layers/abort.ts';
import { BulkheadLayer } from '../../../src/layers/bulkhead.ts';
import { DeadlineLayer } from '../../../src/layers/deadline.ts';
import { FallbackLayer } from '../../../src/layers/fallback.ts';
import { RetryBudget } from '../../../src/layers/retry-budget.ts';
import { RetryLayer } from '../../../src/layers/retry.ts';
import type { Layer } from '../../../src/pipeline/layer.ts';
import { harness, loading, lost, wrongType, type Parts } from './harness.ts';
import { fails, replies } from './scripted-layer.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** The layer that follows signals, around those that a case needs. */
const following = (inside: (parts: Parts) => readonly Layer[] = () => []) =>
  harness((parts) => [new AbortLayer(), ...inside(parts)]);

const holding = ({ settings, supervisor }: Parts) => [
  new BulkheadLayer(settings.bulkhead, supervisor.asSupervisor),
];

const timed = () => [new DeadlineLayer()];

const retrying = ({ settings, supervisor, hub, counters }: Parts) => [
  new RetryLayer(new RetryBudget(settings.retry, 100), supervisor.asSupervisor, hub, counters),
];

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('the signal of a caller', () => {
  it('ends a call in flight, with its reason as the cause', async () => {
    const { run, scripted } = following();
    const controller = new AbortController();
    const call = run('INCR k', { signal: controller.signal });
    const reason = new Error('the user left');
    controller.abort(reason);
    await pass(0);
    expect(call.error).toBeInstanceOf(AbortedError);
    expect(call.error).toMatchObject({ name: 'AbortError', execution: 'unknown', cause: reason });
    expect(scripted.inFlight.size).toBe(0);
    expect(scripted.abandoned).toMatchObject([{ kind: 'aborted' }]);
  });

  it('ends a call that waits, which was not sent', async () => {
    const { run, supervisor, scripted } = following(holding);
    supervisor.available = undefined;
    const controller = new AbortController();
    const call = run('INCR k', { signal: controller.signal });
    expect(call.call.waiting).toBeDefined();
    controller.abort();
    await pass(0);
    expect(call.error).toMatchObject({ kind: 'aborted', execution: 'not-sent' });
    expect(call.call.waiting).toBeUndefined();
    expect(scripted.received).toEqual([]);
  });

  it('keeps a call from being sent where it has come before', async () => {
    const { run, scripted } = following(timed);
    const call = run('INCR k', { signal: AbortSignal.abort() });
    await pass(1);
    expect(vi.getTimerCount()).toBe(0);
    await pass(10_000);
    expect(call.error).toMatchObject({ kind: 'aborted', execution: 'not-sent', attempts: 0 });
    expect(scripted.received).toEqual([]);
  });

  it.each([
    { title: 'a success', step: replies('v'), end: undefined },
    { title: 'a failure', step: fails(wrongType()), end: 'command' },
    { title: 'its deadline', step: undefined, end: 'timeout' },
  ])('is not listened to any more after $title', async ({ step, end }) => {
    const { run, scripted } = following(timed);
    if (step) scripted.script(step);
    const { signal } = new AbortController();
    const call = run('GET k', { signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await pass(10_000);
    expect(call.status).not.toBe('pending');
    expect(call.error?.kind).toBe(end);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('is not listened to any more after it has come', () => {
    const { run } = following();
    const controller = new AbortController();
    run('GET k', { signal: controller.signal });
    controller.abort();
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('ends only the calls that it was given to', async () => {
    const { run, scripted } = following();
    const controller = new AbortController();
    scripted.script(replies('a', 100), replies('b', 100));
    const calls = [run('GET a', { signal: controller.signal }), run('GET b')];
    controller.abort();
    await pass(100);
    expect(calls.map(({ status }) => status)).toEqual(['rejected', 'resolved']);
  });

  it('ends the delay before a retry at once', async () => {
    const { run, scripted } = following(retrying);
    scripted.script(fails(loading()), replies('never'));
    const controller = new AbortController();
    const call = run('GET k', { signal: controller.signal });
    await pass(10);
    expect(vi.getTimerCount()).toBe(1);
    controller.abort();
    expect(vi.getTimerCount()).toBe(0);
    await pass(10_000);
    expect(call.error).toMatchObject({ kind: 'aborted', execution: 'not-executed', attempts: 1 });
    expect(scripted.received).toHaveLength(1);
  });
});

it('ends a call whose fallback has not answered yet', async () => {
  const fallback = () => new Promise((resolve) => setTimeout(resolve, 500, 'stale'));
  const { run, scripted } = harness(() => [new AbortLayer(), new FallbackLayer(false)], {
    fallback,
  });
  scripted.script(fails(lost()));
  const controller = new AbortController();
  const call = run('GET k', { signal: controller.signal });
  await pass(100);
  controller.abort();
  await pass(0);
  expect(call.error).toMatchObject({ kind: 'aborted' });
  expect(vi.getTimerCount()).toBe(1);
  await pass(1_000);
  expect(call.status).toBe('rejected');
});
