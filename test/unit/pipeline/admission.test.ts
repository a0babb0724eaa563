import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Admission } from '../../../src/pipeline/admission.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const watch = (promise: Promise<void>) => {
  const watched = { done: false };
  void promise.then(() => (watched.done = true));
  return watched;
};

describe('Admission', () => {
  it('counts who is under way', () => {
    const admission = new Admission();
    admission.entered();
    admission.entered();
    admission.left();
    expect(admission.pending).toBe(1);
  });

  it('drains at once where nobody is under way', async () => {
    const admission = new Admission();
    await admission.drain(1_000);
    expect(admission.isClosing).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits for the last without a bound where it is told so', async () => {
    const admission = new Admission();
    admission.entered();
    const drained = watch(admission.drain(Infinity));
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(drained.done).toBe(false);
    admission.left();
    await vi.advanceTimersByTimeAsync(0);
    expect(drained.done).toBe(true);
  });

  it('drains when the last has left, and leaves no timer', async () => {
    const admission = new Admission();
    admission.entered();
    admission.entered();
    const drained = watch(admission.drain(1_000));
    const again = watch(admission.drain(1_000));
    admission.left();
    await vi.advanceTimersByTimeAsync(0);
    expect(drained.done).toBe(false);
    admission.left();
    await vi.advanceTimersByTimeAsync(0);
    expect([drained.done, again.done]).toEqual([true, true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not wait longer than it is told to', async () => {
    const admission = new Admission();
    admission.entered();
    const drained = watch(admission.drain(1_000));
    await vi.advanceTimersByTimeAsync(999);
    expect(drained.done).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(drained.done).toBe(true);
    admission.left();
    expect(admission.pending).toBe(0);
  });

  it('lets nobody in from the drain to the reopening', () => {
    const admission = new Admission();
    expect(admission.isClosing).toBe(false);
    void admission.drain(1_000);
    expect(admission.isClosing).toBe(true);
    admission.reopen();
    expect(admission.isClosing).toBe(false);
  });
});
