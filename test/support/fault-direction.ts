import type { Socket } from 'node:net';
import type { Alteration } from './fault-alteration.ts';
import type { Conditions } from './fault-conditions.ts';

/** How a connection ends: by FIN, or by RST. */
export type Ending = 'end' | 'reset';

const cutPauseMs = 5;

/** Under a rate, bytes go in pieces that take about this long. */
const piecesPerSecond = 100;

interface Item {
  what: Buffer | Ending;
  arrivedAt: number;
  /** How much of the jitter it gets, 0 to 1. */
  share: number;
}

/** One way through a link, from the socket that bytes come from to the one they go to. */
export class Direction {
  readonly #target: Socket;
  readonly #conditions: Conditions;
  readonly #onCut: (how: Ending) => void;
  // One queue and one timer: with a timer per chunk, bytes would overtake each other.
  #queue: Item[] = [];
  #timer: NodeJS.Timeout | undefined;
  #pause: NodeJS.Immediate | undefined;
  /** When the last piece had gone: under a rate, the next one begins no sooner. */
  #freeAt = -Infinity;
  #bytesUntilCut = Infinity;
  #cutHow: Ending = 'reset';
  #dead = false;
  #alteration: Alteration | undefined;

  constructor(
    source: Socket,
    target: Socket,
    conditions: Conditions,
    onCut: (how: Ending) => void,
  ) {
    this.#target = target;
    this.#conditions = conditions;
    this.#onCut = onCut;
    source.on('data', (chunk: Buffer) => {
      if (!conditions.dropping) this.#enqueue(this.#alteration?.apply(chunk) ?? chunk);
    });
    source.on('end', () => {
      this.#enqueue('end');
    });
    source.on('error', () => {
      this.#enqueue('reset');
    });
  }

  /** Adds bytes that no one sent. */
  inject(bytes: Buffer): void {
    this.#enqueue(bytes);
  }

  /** Has what comes in from now on damaged. */
  alter(alteration: Alteration): void {
    this.#alteration = alteration;
  }

  /** Lets this many bytes more pass and then cuts the link. */
  cutAfter(bytes: number, how: Ending): void {
    this.#bytesUntilCut = bytes;
    this.#cutHow = how;
  }

  /** Loses everything that is under way and all that comes later. */
  deaden(): void {
    this.#dead = true;
    this.#queue = [];
    clearTimeout(this.#timer);
    clearImmediate(this.#pause);
  }

  /** Takes new conditions into account, for bytes that are under way too. */
  adapt(): void {
    // The time that passed under other conditions earns no credit under a rate.
    this.#freeAt = performance.now();
    this.#pump();
  }

  #pump(): void {
    clearTimeout(this.#timer);
    if (this.#pause) return;
    for (let item = this.#queue[0]; item && !this.#conditions.stalled; item = this.#queue[0]) {
      const size = typeof item.what === 'string' ? 0 : this.#pieceOf(item.what);
      const dueAt = this.#dueAt(item, size);
      const waitMs = dueAt - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => {
          this.#pump();
        }, waitMs);
        return;
      }
      this.#queue.shift();
      this.#freeAt = dueAt;
      if (typeof item.what === 'string') this.#close(item.what);
      else if (this.#deliver({ ...item, what: item.what }, size)) return;
    }
  }

  #enqueue(what: Item['what']): void {
    if (this.#dead) return;
    const { jitterMs, random } = this.#conditions;
    const share = jitterMs > 0 ? random() : 0;
    this.#queue.push({ what, arrivedAt: performance.now(), share });
    this.#pump();
  }

  /** How many bytes of a chunk go next. */
  #pieceOf(chunk: Buffer): number {
    const { sliceBytes, bytesPerSecond } = this.#conditions;
    const paced = Math.max(1, Math.floor(bytesPerSecond / piecesPerSecond));
    return Math.min(chunk.length, sliceBytes, this.#bytesUntilCut, paced);
  }

  #dueAt({ arrivedAt, share }: Item, size: number): number {
    const { delayMs, jitterMs, bytesPerSecond } = this.#conditions;
    const arrivesAt = arrivedAt + delayMs + share * jitterMs;
    return Math.max(arrivesAt, this.#freeAt) + (size / bytesPerSecond) * 1_000;
  }

  /** Writes so many bytes of the chunk and says whether delivery pauses after them. */
  #deliver(item: Item & { what: Buffer }, size: number): boolean {
    const piece = item.what.subarray(0, size);
    this.#bytesUntilCut -= size;
    if (piece.length > 0 && this.#target.writable) this.#target.write(piece);
    if (this.#bytesUntilCut === 0) {
      this.#cut();
      return true;
    }
    const rest = item.what.subarray(size);
    if (rest.length === 0 && this.#conditions.sliceBytes === Infinity) return false;
    if (rest.length > 0) this.#queue.unshift({ ...item, what: rest });
    this.#pauseForReceiver();
    return true;
  }

  /** Lets a receiver in this process read what was written before more is. */
  #pauseForReceiver(): void {
    // The first immediate may run before the next poll for readable sockets, the second cannot.
    this.#pause = setImmediate(() => {
      this.#pause = setImmediate(() => {
        this.#pause = undefined;
        this.#pump();
      });
    });
  }

  #cut(): void {
    this.deaden();
    // A reset that overtakes the reading of the last bytes would look like FIN to the receiver;
    // the immediate after the timer lets a receiver in this process poll in between.
    setTimeout(
      () =>
        setImmediate(() => {
          this.#onCut(this.#cutHow);
        }),
      cutPauseMs,
    );
  }

  #close(how: Ending): void {
    if (how === 'end') this.#target.end();
    else this.#target.resetAndDestroy();
  }
}
