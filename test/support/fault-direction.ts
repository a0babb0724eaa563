import type { Socket } from 'node:net';

/** What currently happens to all bytes that go one way through a proxy. */
export interface Conditions {
  /** Bytes are delivered this much later than they arrived. */
  delayMs: number;
  /** Bytes are delivered in segments of at most this size. */
  sliceBytes: number;
  /** Bytes are kept and delivered, in order, when the stall ends. */
  stalled: boolean;
  /** Bytes arriving now are thrown away. */
  dropping: boolean;
}

/** Conditions under which bytes pass untouched. */
export function calm(): Conditions {
  return { delayMs: 0, sliceBytes: Infinity, stalled: false, dropping: false };
}

const cutPauseMs = 5;

interface Item {
  what: Buffer | 'end' | 'reset';
  arrivedAt: number;
}

/** One way through a link, from the socket that bytes come from to the one they go to. */
export class Direction {
  readonly #target: Socket;
  readonly #conditions: Conditions;
  readonly #onCut: () => void;
  // One queue and one timer: with a timer per chunk, bytes would overtake each other.
  #queue: Item[] = [];
  #timer: NodeJS.Timeout | undefined;
  #pause: NodeJS.Immediate | undefined;
  #bytesUntilCut = Infinity;
  #dead = false;

  constructor(source: Socket, target: Socket, conditions: Conditions, onCut: () => void) {
    this.#target = target;
    this.#conditions = conditions;
    this.#onCut = onCut;
    source.on('data', (chunk: Buffer) => {
      if (!conditions.dropping) this.#enqueue(chunk);
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

  /** Lets this many bytes more pass and then cuts the link. */
  cutAfter(bytes: number): void {
    this.#bytesUntilCut = bytes;
  }

  /** Loses everything that is under way and all that comes later. */
  deaden(): void {
    this.#dead = true;
    this.#queue = [];
    clearTimeout(this.#timer);
    clearImmediate(this.#pause);
  }

  /** Delivers what is due, to be called when the conditions have changed. */
  pump(): void {
    clearTimeout(this.#timer);
    if (this.#pause) return;
    for (let item = this.#queue[0]; item && !this.#conditions.stalled; item = this.#queue[0]) {
      const waitMs = item.arrivedAt + this.#conditions.delayMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => {
          this.pump();
        }, waitMs);
        return;
      }
      this.#queue.shift();
      if (typeof item.what === 'string') this.#close(item.what);
      else if (this.#deliver(item.what, item.arrivedAt)) return;
    }
  }

  #enqueue(what: Item['what']): void {
    if (this.#dead) return;
    this.#queue.push({ what, arrivedAt: performance.now() });
    this.pump();
  }

  /** Writes the chunk or its first slice and says whether delivery pauses after it. */
  #deliver(chunk: Buffer, arrivedAt: number): boolean {
    const { sliceBytes } = this.#conditions;
    const size = Math.min(chunk.length, sliceBytes, this.#bytesUntilCut);
    const piece = chunk.subarray(0, size);
    this.#bytesUntilCut -= size;
    if (piece.length > 0 && this.#target.writable) this.#target.write(piece);
    if (this.#bytesUntilCut === 0) {
      this.#cut();
      return true;
    }
    if (size === chunk.length && sliceBytes === Infinity) return false;
    if (size < chunk.length) this.#queue.unshift({ what: chunk.subarray(size), arrivedAt });
    this.#pauseForReceiver();
    return true;
  }

  /** Lets a receiver in this process read what was written before more is. */
  #pauseForReceiver(): void {
    // The first immediate may run before the next poll for readable sockets, the second cannot.
    this.#pause = setImmediate(() => {
      this.#pause = setImmediate(() => {
        this.#pause = undefined;
        this.pump();
      });
    });
  }

  #cut(): void {
    this.deaden();
    // A reset that overtakes the reading of the last bytes would look like FIN to the receiver;
    // the immediate after the timer lets a receiver in this process poll in between.
    setTimeout(() => setImmediate(this.#onCut), cutPauseMs);
  }

  #close(how: 'end' | 'reset'): void {
    if (how === 'end') this.#target.end();
    else this.#target.resetAndDestroy();
  }
}
