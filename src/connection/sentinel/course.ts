import { failure } from '../../failures/failure.ts';
import type { Line } from '../line.ts';
import type { Address } from '../template.ts';
import { nameOf } from './options.ts';
import type { Sentinels } from './sentinels.ts';

/** An isolated master goes on answering us, and all that it takes is lost with it. */
const MOVED = failure({
  kind: 'transport',
  execution: 'unknown',
  message: 'The sentinels name another master',
});

/**
 * Keeps to the master that the sentinels name: connections that are lost ask anyway, and one that
 * stays is compared with what they say from time to time.
 */
export class Course {
  readonly #line: Line;
  readonly #sentinels: Sentinels;
  readonly #everyMs: number;
  #connection: number | undefined;
  #master: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    line: Line,
    sentinels: Sentinels,
    everyMs: number,
    onChanged: (master: Address) => void,
  ) {
    this.#line = line;
    this.#sentinels = sentinels;
    this.#everyMs = everyMs;
    line.listen({
      onAvailable: ({ id }) => {
        const { answer } = sentinels;
        if (id === this.#connection || !answer) return;
        this.#connection = id;
        const changed = this.#master !== nameOf(answer.master);
        this.#master = nameOf(answer.master);
        if (changed) onChanged(answer.master);
      },
    });
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.#compare(), this.#everyMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #compare(): Promise<void> {
    if (!this.#line.available) return;
    try {
      await this.#sentinels.locate();
    } catch {
      // The sentinels are away, the master is not.
      return;
    }
    const { answer } = this.#sentinels;
    if (answer && nameOf(answer.master) !== this.#master) await this.#line.renew(MOVED);
  }
}
