/** What becomes of the bytes of a stream at one place. */
export interface Damage {
  /** How many bytes pass before. */
  readonly at: number;
  /** How many are lost there. */
  readonly lost: number;
  /** What comes in their place. */
  readonly inserted: Buffer;
}

/** The bytes as the damage leaves them. */
export function damaged(bytes: Buffer, { at, lost, inserted }: Damage): Buffer {
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + lost)]);
}

/** Damages a stream as it passes, and keeps what it was before. */
export class Alteration {
  readonly #damage: Damage;
  readonly #original: Buffer[] = [];
  #passed = 0;
  #isDone = false;

  constructor(damage: Damage) {
    this.#damage = damage;
  }

  /** Everything that has come in. */
  get original(): Buffer {
    return Buffer.concat(this.#original);
  }

  /** What is left of a chunk. */
  apply(chunk: Buffer): Buffer {
    const start = this.#passed;
    this.#passed += chunk.length;
    this.#original.push(chunk);
    const { at, lost, inserted } = this.#damage;
    const within = (place: number) => Math.min(Math.max(place - start, 0), chunk.length);
    const isDue = !this.#isDone && at <= this.#passed;
    if (isDue) this.#isDone = true;
    const before = chunk.subarray(0, within(at));
    const after = chunk.subarray(within(at + lost));
    return Buffer.concat([before, isDue ? inserted : Buffer.alloc(0), after]);
  }
}
