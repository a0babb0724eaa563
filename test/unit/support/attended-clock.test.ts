import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AttendedClock } from '../../support/attended-clock.ts';

/** The most that passes from one tick to the next. */
const TICK_MS = 20;

let clock: AttendedClock;
beforeEach(() => {
  clock = new AttendedClock();
});
afterEach(() => {
  clock.stop();
});

/** Keeps this process from doing anything else. */
function stall(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

const nextTick = () => clock.until(0, () => true);
const nothing = new Promise<never>(() => undefined);

describe('AttendedClock', () => {
  it('lets next to nothing pass while the process is stalled', async () => {
    await nextTick();
    const before = clock.now;
    stall(150);
    await nextTick();
    expect(clock.now - before).toBeGreaterThan(0);
    expect(clock.now - before).toBeLessThanOrEqual(TICK_MS);
  });

  it('waits as long as it is told to, in its own time, where nothing comes', async () => {
    const [realBefore, before] = [performance.now(), clock.now];
    setTimeout(stall, 20, 150);
    await clock.until(100, () => false);
    expect(clock.now - before).toBeGreaterThanOrEqual(100);
    expect(clock.now - before).toBeLessThanOrEqual(100 + TICK_MS);
    expect(performance.now() - realBefore).toBeGreaterThanOrEqual(200);
  });

  it('waits no longer than until something is so, or work is done', async () => {
    let isSo = false;
    setTimeout(() => (isSo = true), 20);
    await clock.until(60_000, () => isSo);
    await clock.within(60_000, Promise.resolve());
    expect(isSo).toBe(true);
  });

  it('gives work up that is not done in time, and passes on how it fails', async () => {
    await clock.within(30, nothing);
    expect(clock.now).toBeGreaterThanOrEqual(30);
    await expect(clock.within(60_000, Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});
