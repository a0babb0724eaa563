import type { Cleanup } from '../integration/wrapped.ts';

const WINDOW_MS = 10;

/** Knows when this process was kept from its timers: what was due meanwhile then comes at once. */
export class Clock {
  readonly #ticks: number[] = [performance.now()];
  readonly #timer = setInterval(() => this.#ticks.push(performance.now()), 1);

  constructor({ onTestFinished }: Cleanup) {
    onTestFinished(() => {
      clearInterval(this.#timer);
    });
  }

  /** The longest that a timer was late since. */
  latestSince(moment: number): number {
    return Math.max(
      0,
      ...this.#gaps()
        .filter(({ to }) => to > moment)
        .map(({ ms }) => ms),
    );
  }

  /** The most of these moments within one window that this process was on time in, and how many of them that was for. */
  peakOf(moments: readonly number[]): { peak: number; seen: number } {
    const late = this.#gaps().filter(({ ms }) => ms > WINDOW_MS);
    let peak = 0;
    let seen = 0;
    let first = 0;
    let gap = 0;
    for (const [index, to] of moments.entries()) {
      while (moments[first]! <= to - WINDOW_MS) first++;
      while (gap < late.length && late[gap]!.to < to - 2 * WINDOW_MS) gap++;
      if (gap < late.length && late[gap]!.from < to) continue;
      seen++;
      peak = Math.max(peak, index - first + 1);
    }
    return { peak, seen };
  }

  #gaps() {
    return this.#ticks.slice(1).map((to, index) => {
      const from = this.#ticks[index]!;
      return { from, to, ms: to - from };
    });
  }
}
