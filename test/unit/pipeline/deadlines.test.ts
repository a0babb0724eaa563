import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadlines } from '../../../src/pipeline/deadlines.ts';

let expired: string[];
let deadlines: Deadlines<string>;

beforeEach(() => {
  vi.useFakeTimers();
  expired = [];
  deadlines = new Deadlines((item) => expired.push(item));
});

afterEach(() => {
  deadlines.close();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** The process does nothing for a while: the clock runs, and no timer does. */
const stall = (ms: number) => {
  const now = performance.now() + ms;
  vi.spyOn(performance, 'now').mockReturnValue(now);
};

describe('Deadlines', () => {
  it('expire in the order of their times, whatever their lengths', async () => {
    deadlines.add('long', 300);
    deadlines.add('short', 100);
    await vi.advanceTimersByTimeAsync(50);
    deadlines.add('later', 100);
    deadlines.add('soon', 10);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(expired).toEqual(['soon', 'short', 'later', 'long']);
  });

  it('expire in the async context of none: whoever armed the timer may be another', async () => {
    // A faked timer has no context.
    vi.useRealTimers();
    const storage = new AsyncLocalStorage<string>();
    const seen = await new Promise((resolve) => {
      const own = new Deadlines(() => {
        resolve(storage.getStore());
      });
      storage.run('ann', () => own.add('one', 10));
    });
    expect(seen).toBeUndefined();
  });

  it('expire in time that are longer than a timer of Node can wait', async () => {
    const longest = 2 ** 31 - 1;
    const timeouts = vi.spyOn(globalThis, 'setTimeout');
    deadlines.add('long', longest + 1_000);
    expect(timeouts.mock.calls.map(([, ms]) => ms)).toEqual([longest]);
    await vi.advanceTimersByTimeAsync(longest + 100);
    expect(expired).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(expired).toEqual(['long']);
  });

  it('expire not before their time, and then at once', async () => {
    deadlines.add('one', 100);
    await vi.advanceTimersByTimeAsync(99);
    expect(expired).toEqual([]);
    await vi.advanceTimersByTimeAsync(2);
    expect(expired).toEqual(['one']);
  });

  it('do not expire once they are lifted', async () => {
    const one = deadlines.add('one', 100);
    deadlines.add('other', 100);
    one?.lift();
    one?.lift();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(expired).toEqual(['other']);
  });

  it('need one timer, however many there are', () => {
    for (let length = 1_000; length > 0; length -= 100) deadlines.add('any', length);
    for (let count = 0; count < 100; count++) deadlines.add('any', 500);
    expect(vi.getTimerCount()).toBe(1);
  });

  it('leave no timer behind when nothing is due any more', async () => {
    deadlines.add('one', 100);
    deadlines.add('other', 200)?.lift();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('set none that is infinite', () => {
    expect(deadlines.add('never', Infinity)).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('let a reply win that has already arrived and waits to be read', () => {
    const one = deadlines.add('one', 100);
    // What the event loop does next after timers: it reads the socket, and only then runs immediates.
    vi.advanceTimersByTime(100);
    expect(expired).toEqual([]);
    one?.lift();
    vi.runAllTicks();
    vi.advanceTimersToNextTimer();
    vi.advanceTimersToNextTimer();
    expect(expired).toEqual([]);
  });

  it('give replies time to be read after the process was stalled', async () => {
    const read = deadlines.add('read', 100);
    deadlines.add('silent', 100);
    stall(5_000);
    vi.advanceTimersByTime(100);
    await vi.advanceTimersByTimeAsync(50);
    expect(expired).toEqual([]);
    read?.lift();
    await vi.advanceTimersByTimeAsync(60);
    expect(expired).toEqual(['silent']);
  });

  it('hold a stall within the turn before they expire against nobody else', async () => {
    deadlines.add('due before the stall', 100);
    const read = deadlines.add('due in it, and answered', 200);
    vi.advanceTimersByTime(100);
    stall(5_000);
    await vi.advanceTimersByTimeAsync(1);
    expect(expired).toEqual(['due before the stall']);
    read?.lift();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(expired).toEqual(['due before the stall']);
  });

  it('may be set again by what expires', async () => {
    const again = new Deadlines<number>((count) => {
      expired.push(String(count));
      if (count < 3) again.add(count + 1, 100);
    });
    again.add(1, 100);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(expired).toEqual(['1', '2', '3']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    { title: 'while it waits', before: () => undefined },
    { title: 'when the timer has fired', before: () => vi.advanceTimersByTime(100) },
    {
      title: 'during the grace after a stall',
      before: () => {
        stall(5_000);
        vi.advanceTimersByTime(100);
      },
    },
  ])('leave no timer and never expire after close, $title', async ({ before }) => {
    deadlines.add('one', 100);
    before();
    deadlines.close();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(expired).toEqual([]);
  });

  it('work again after close, for a client that is opened again', async () => {
    deadlines.add('old', 100);
    deadlines.close();
    deadlines.add('new', 100);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(expired).toEqual(['new']);
  });
});
