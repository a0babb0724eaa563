const tickMs = 10;

/**
 * The time in which this process could act: where it was stalled or got no processor, next to nothing
 * passes. Bounds that are measured with it hold on a busy machine, too.
 */
export class AttendedClock {
  /** The milliseconds so far. */
  now = 0;
  readonly #ticker: NodeJS.Timeout;
  readonly #waiting = new Set<{ readonly until: number; isOver(): boolean; go(): void }>();

  constructor() {
    let last = performance.now();
    this.#ticker = setInterval(() => {
      const at = performance.now();
      this.now += Math.min(at - last, 2 * tickMs);
      last = at;
      for (const waiting of this.#waiting) {
        if (waiting.until > this.now && !waiting.isOver()) continue;
        this.#waiting.delete(waiting);
        waiting.go();
      }
    }, tickMs);
  }

  /** Waits for something to be so, not longer than so long. */
  until(ms: number, isOver: () => boolean): Promise<void> {
    return new Promise((go) => {
      this.#waiting.add({ until: this.now + ms, isOver, go });
    });
  }

  /** Waits for work to be done, not longer than so long. */
  async within(ms: number, done: Promise<unknown>): Promise<void> {
    let isDone = false;
    const finished = done.then(() => void (isDone = true));
    await Promise.race([finished, this.until(ms, () => isDone)]);
  }

  stop(): void {
    clearInterval(this.#ticker);
  }
}
