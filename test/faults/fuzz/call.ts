import { isOutage } from 'redis-resilience';
import type { AttendedClock } from '../../support/attended-clock.ts';
import type { AnyClient } from '../../support/clients.ts';
import { isRight, settle, type Sampled, type Settled } from './bench.ts';
import type { Own } from './commands.ts';

/** A call, and what became of it. */
export class Call {
  readonly sampled: Sampled;
  readonly own: Own;
  readonly startedAt = performance.now();
  readonly done: Promise<void>;
  /** How long it took; for ever, where it is pending. */
  tookMs = Infinity;
  settled: Settled | undefined;
  #isOutage = false;

  constructor(client: AnyClient, sampled: Sampled, own: Own, clock: AttendedClock) {
    const startedAt = clock.now;
    this.sampled = sampled;
    this.own = own;
    const reply = sampled.command.run(client, own);
    reply.catch((error: unknown) => (this.#isOutage = isOutage(error)));
    this.done = settle(reply).then((settled) => {
      this.settled = settled;
      this.tookMs = clock.now - startedAt;
    });
  }

  /** `wrong` is an answer, or an error of the server's, that is not the one right answer. */
  get outcome(): 'pending' | 'right' | 'failed' | 'wrong' {
    if (!this.settled) return 'pending';
    if (isRight(this.sampled, this.own, this.settled)) return 'right';
    return this.#isOutage ? 'failed' : 'wrong';
  }

  toString(): string {
    const told = JSON.stringify(this.settled ?? null).slice(0, 200);
    return `${this.sampled.command.name} (call ${this.own.number - 10_000}): ${this.outcome}, ${told}`;
  }
}
