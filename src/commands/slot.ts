import calculateSlot from 'cluster-key-slot';
import type { Key } from './transcribe.ts';

/** The slot of a cluster that a key belongs to, by the hash tag in it where there is one. */
export function slotOf(key: Key): number {
  return calculateSlot(key);
}
