import { seeded } from '../../support/fault-conditions.ts';

/** Draws what a case is made of; the same numbers for the same seed and case. */
export class Draw {
  readonly #random: () => number;

  constructor(seed: number, number: number) {
    this.#random = seeded(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
    // The first numbers of seeds that are close to each other are, too.
    for (let skipped = 0; skipped < 20; skipped++) this.#random();
  }

  /** A whole number from 0 up to, and without, the given one. */
  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }
}
