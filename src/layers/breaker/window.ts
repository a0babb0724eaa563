import { EventEmitter } from 'node:events';
import CircuitBreaker from 'opossum';

const BUCKETS = 10;

/** What the window holds at a moment. */
export interface WindowCounts {
  readonly successes: number;
  readonly failures: number;
}

/**
 * What opossum keeps for us: the rolling window. When the circuit opens and closes is decided in
 * `breaker.ts`, because opossum can neither half-open on demand, nor probe more than once, nor count
 * failures in a row; and it is fed counts instead of being fired, because a fired command costs an
 * event and a promise.
 */
export class Window {
  readonly #clock = new EventEmitter();
  readonly #breaker: CircuitBreaker;
  readonly #bucketMs: number;
  #rotation: NodeJS.Timeout | undefined;
  /** Counted as an integer and handed over per bucket: this is on every command's way. */
  #successes = 0;

  constructor(windowMs: number) {
    this.#bucketMs = Math.floor(windowMs / BUCKETS);
    this.#breaker = new CircuitBreaker(() => Promise.resolve(), {
      timeout: false,
      rollingCountBuckets: BUCKETS,
      rollingCountTimeout: windowMs,
      // It would sort every latency of the window on every failure: seconds of event loop in an outage.
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      // Its own interval could not be stopped and started again.
      rotateBucketController: this.#clock,
    });
  }

  get counts(): WindowCounts {
    this.#handOver();
    const { successes, failures } = this.#breaker.stats;
    return { successes, failures };
  }

  /** Lets the window roll; it stands still before and after. */
  start(): void {
    this.#rotation ??= setInterval(() => {
      this.#rotate();
    }, this.#bucketMs).unref();
  }

  stop(): void {
    clearInterval(this.#rotation);
    this.#rotation = undefined;
  }

  success(): void {
    this.#successes++;
  }

  failure(): void {
    this.#bucket.failures++;
  }

  /** Forgets what was counted: what was before an outage says nothing about the time after. */
  clear(): void {
    for (let bucket = 0; bucket < BUCKETS; bucket++) this.#rotate();
  }

  #rotate(): void {
    this.#handOver();
    this.#clock.emit('rotate');
  }

  #handOver(): void {
    this.#bucket.successes += this.#successes;
    this.#successes = 0;
  }

  get #bucket(): { successes: number; failures: number } {
    return this.#breaker.status.window[0] as unknown as { successes: number; failures: number };
  }
}
