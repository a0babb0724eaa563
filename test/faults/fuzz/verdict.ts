import type { Damage } from '../../support/fault-alteration.ts';
import { damaged } from '../../support/fault-alteration.ts';
import { takeApart } from '../../support/strict-replies.ts';

/**
 * What can be told of a damaged stream by the letter of the protocol, whatever a client made of it:
 * `none` where nothing came of the damage, `cut` where it only ends early, `undecodable` where it cannot
 * be read on, `parses` where it holds other replies than were sent.
 */
export type Sort = 'none' | 'cut' | 'undecodable' | 'parses';

/** The sort of a stream, and the first reply that may be another than the server sent there. */
export interface Verdict {
  readonly sort: Sort;
  readonly wrongFrom: number;
}

/** The answer to a heartbeat. */
const BEAT = /\$36\r\n[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\r\n/g;

/** How many heartbeats the server answered. */
export function beatsIn(sent: Buffer | string): number {
  return sent.toString('latin1').match(BEAT)?.length ?? 0;
}

/** Compares what the server sent with what the damage left of it. */
export function verdictOn(sent: Buffer, damage: Damage & { readonly cut: unknown }): Verdict {
  const right = takeApart(sent).replies;
  const left = takeApart(damage.cut ? sent.subarray(0, damage.at) : damaged(sent, damage));
  if (left.replies.some((reply, index) => reply !== right[index])) {
    // The next reply may look right, and be taken for something else: redis 6 makes a Buffer of one that
    // begins while nobody waits for any.
    const before = takeApart(sent.subarray(0, damage.at)).replies;
    return { sort: 'parses', wrongFrom: before.length - beatsIn(before.join('')) };
  }
  if (left.isDamaged) return { sort: 'undecodable', wrongFrom: Infinity };
  const isWhole = left.replies.length === right.length;
  return { sort: isWhole ? 'none' : 'cut', wrongFrom: Infinity };
}
