import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplyStream } from '../../src/connection/reply-stream.ts';
import { arbitraryReplies, cut } from '../support/arbitrary-replies.ts';

const replies = arbitraryReplies.map((all) => Buffer.concat(all));

describe('ReplyStream', () => {
  it('passes on whatever replies in whatever pieces, unchanged and in full', () => {
    fc.assert(
      fc.property(replies, fc.array(fc.nat(), { maxLength: 12 }), (bytes, places) => {
        const stream = new ReplyStream();
        const passed = cut(bytes, places).map((piece) => stream.next(piece));
        expect(Buffer.concat(passed)).toEqual(bytes);
      }),
    );
  });

  it('comes to the same end in whatever pieces damaged replies come', () => {
    const damage = fc.record({ place: fc.nat(), byte: fc.nat(255), places: fc.array(fc.nat()) });
    fc.assert(
      fc.property(replies, damage, (bytes, { place, byte, places }) => {
        const damaged = Buffer.from(bytes);
        damaged[place % damaged.length] = byte;
        const outcome = (pieces: Buffer[]) => {
          const stream = new ReplyStream();
          try {
            return Buffer.concat(pieces.map((piece) => stream.next(piece))).toString('latin1');
          } catch (error) {
            return String(error);
          }
        };
        expect(outcome(cut(damaged, places))).toBe(outcome([damaged]));
      }),
    );
  });
});
