/** Who is under way, and whether anybody else may come in. */
export class Admission {
  #pending = 0;
  #closing = false;
  #waiting: (() => void)[] = [];

  /** Calls that are not settled. */
  get pending(): number {
    return this.#pending;
  }

  /** Whether new calls are refused while those under way finish. */
  get isClosing(): boolean {
    return this.#closing;
  }

  entered(): void {
    this.#pending++;
  }

  left(): void {
    this.#pending--;
    if (this.#pending > 0 || this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  /** Lets nobody in until `reopen`; resolves when all have left, or after `boundMs`, which may be infinite. */
  drain(boundMs: number): Promise<void> {
    this.#closing = true;
    if (this.#pending === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = boundMs === Infinity ? undefined : setTimeout(resolve, boundMs);
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  reopen(): void {
    this.#closing = false;
  }
}
