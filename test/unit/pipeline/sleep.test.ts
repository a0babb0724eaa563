import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fullJitterMs, sleep } from '../../../src/pipeline/sleep.ts';

describe('sleep', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('is true when the time is over, and listens to the signal no more', async () => {
    const { signal } = new AbortController();
    const slept = sleep(100, signal);
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(100);
    await expect(slept).resolves.toBe(true);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('is false as soon as the signal ends it, and leaves no timer', async () => {
    const controller = new AbortController();
    const slept = sleep(100, controller.signal);
    controller.abort();
    await expect(slept).resolves.toBe(false);
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });

  it('is false at once where the signal has ended it before', async () => {
    await expect(sleep(100, AbortSignal.abort())).resolves.toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('fullJitterMs', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([
    { tries: 0, ceiling: 20 },
    { tries: 1, ceiling: 40 },
    { tries: 5, ceiling: 640 },
    { tries: 6, ceiling: 1_000 },
    { tries: 5_000, ceiling: 1_000 },
  ])('spreads the delay after $tries tries from 0 to $ceiling', ({ tries, ceiling }) => {
    const random = vi.spyOn(Math, 'random');
    for (const share of [0, 0.25, 0.999]) {
      random.mockReturnValue(share);
      expect(fullJitterMs(tries, 20, 1_000)).toBe(share * ceiling);
    }
  });

  it('stays within its bounds for any numbers', () => {
    const delay = fc.nat(2_147_483_647);
    fc.assert(
      fc.property(fc.nat(), delay, delay, (tries, base, max) => {
        const ms = fullJitterMs(tries, base, max);
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThanOrEqual(max);
      }),
    );
  });
});
