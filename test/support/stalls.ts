const LOOK_MS = 5;

/** Notes when this process stood still, so that a busy machine is not taken for a slow client. */
export class Stalls {
  readonly #stalls: { readonly from: number; readonly to: number }[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor() {
    let dueAt = performance.now() + LOOK_MS;
    this.#timer = setInterval(() => {
      const now = performance.now();
      if (now - dueAt > LOOK_MS) this.#stalls.push({ from: dueAt, to: now });
      dueAt = now + LOOK_MS;
    }, LOOK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** How long the process ran between two times of `performance.now()`. */
  awakeMs(from: number, to: number): number {
    const stalled = this.#stalls.map((one) => Math.min(one.to, to) - Math.max(one.from, from));
    return to - from - stalled.reduce((sum, ms) => sum + Math.max(0, ms), 0);
  }
}
