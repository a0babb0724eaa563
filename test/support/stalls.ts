const LOOK_MS = 1;
/** A timer may be this late on any machine. */
const NORMAL_MS = 5;

/** A time in which this process did not get to its timers. */
export interface Stall {
  readonly from: number;
  readonly to: number;
}

/** Notes when this process stood still, so that a busy machine is not taken for a slow client. */
export class Stalls {
  readonly #stalls: Stall[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor() {
    let dueAt = performance.now() + LOOK_MS;
    this.#timer = setInterval(() => {
      const now = performance.now();
      if (now - dueAt > NORMAL_MS) this.#stalls.push({ from: dueAt, to: now });
      dueAt = now + LOOK_MS;
    }, LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Those that had not ended by a time of `performance.now()`, in their order. */
  since(moment: number): readonly Stall[] {
    return this.#stalls.filter(({ to }) => to > moment);
  }

  /** The longest that a timer was late since. */
  longestMsSince(moment: number): number {
    return Math.max(0, ...this.since(moment).map(({ from, to }) => to - from));
  }

  /** How long the process ran between two times of `performance.now()`. */
  awakeMs(from: number, to: number): number {
    const stalled = this.since(from).map((one) => Math.min(one.to, to) - Math.max(one.from, from));
    return to - from - stalled.reduce((sum, ms) => sum + Math.max(0, ms), 0);
  }
}
