import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** One of the two directions through a proxy. */
export type Way = 'requests' | 'replies';

/** What currently happens to all bytes that go one way through a proxy. */
export interface Conditions {
  /** Bytes are delivered this much later than they arrived. */
  delayMs: number;
  /** Each chunk is delivered up to this much later still, never before an earlier one. */
  jitterMs: number;
  /** Draws a chunk's share of the jitter, 0 to 1. */
  random: () => number;
  /** Bytes of one link are delivered no faster than this. */
  bytesPerSecond: number;
  /** Bytes are delivered in segments of at most this size. */
  sliceBytes: number;
  /** Bytes are kept and delivered, in order, when the stall ends. */
  stalled: boolean;
  /** Bytes arriving now are thrown away. */
  dropping: boolean;
}

/** Conditions under which bytes pass untouched. */
export function calm(): Conditions {
  return {
    delayMs: 0,
    jitterMs: 0,
    random: () => 0,
    bytesPerSecond: Infinity,
    sliceBytes: Infinity,
    stalled: false,
    dropping: false,
  };
}

/** Numbers from 0 to 1 that follow from the seed. */
export function seeded(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}
