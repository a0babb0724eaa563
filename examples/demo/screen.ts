const clearToEndOfLine = '\x1b[K';
const defaultColumns = 100;

/** Plain lines, and below them on a terminal one line that changes in place. */
export class Screen {
  readonly #startedAt = performance.now();
  readonly #isTerminal = process.stdout.isTTY;

  /** Prints a line that stays, with the time since the start. */
  line(text: string): void {
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    this.#clear();
    console.log(`${seconds.toFixed(1).padStart(5)} s  ${text}`);
  }

  /** Replaces the line that changes. */
  status(text: string): void {
    if (!this.#isTerminal) return;
    // Some terminals say that they have no columns.
    const visible = text.slice(0, (process.stdout.columns || defaultColumns) - 1);
    process.stdout.write(`\r${visible}${clearToEndOfLine}`);
  }

  /** Prints text as it is, in place of the line that changes. */
  print(text: string): void {
    this.#clear();
    console.log(text);
  }

  #clear(): void {
    if (this.#isTerminal) process.stdout.write(`\r${clearToEndOfLine}`);
  }
}
