import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplyStream } from '../../../src/connection/reply-stream.ts';
import { arbitraryReplies } from '../../support/arbitrary-replies.ts';
import { takeApart } from '../../support/strict-replies.ts';

const textOf = (bytes: Buffer) => bytes.toString('latin1');

describe('takeApart', () => {
  it('finds the replies that a stream is made of, and waits for the rest of one', () => {
    fc.assert(
      fc.property(arbitraryReplies, fc.nat(), (replies, place) => {
        const bytes = Buffer.concat(replies);
        const whole = replies.map(textOf);
        expect(takeApart(bytes)).toEqual({ replies: whole, isDamaged: false });

        const early = bytes.subarray(0, place % bytes.length);
        const taken = takeApart(early);
        expect(taken.isDamaged).toBe(false);
        expect(taken.replies).toEqual(whole.slice(0, taken.replies.length));
        const rest = early.length - taken.replies.join('').length;
        expect(rest).toBeLessThan(replies[taken.replies.length]!.length);
      }),
    );
  });

  it('calls damaged what the library refuses, and nothing else', () => {
    const damage = fc.record({ place: fc.nat(), byte: fc.nat(255) });
    const isRefused = (bytes: Buffer) => {
      try {
        new ReplyStream().next(bytes);
        return false;
      } catch {
        return true;
      }
    };
    fc.assert(
      fc.property(arbitraryReplies, damage, (replies, { place, byte }) => {
        const bytes = Buffer.concat(replies);
        bytes[place % bytes.length] = byte;
        const { isDamaged } = takeApart(bytes);
        if (isRefused(bytes)) expect(isDamaged).toBe(true);
        // The library looks at the end of a payload when all of it is there.
        if (isDamaged) expect(isRefused(Buffer.concat([bytes, Buffer.from('+OK\r\n')]))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('keeps the whole replies before the damage', () => {
    const bytes = Buffer.from('+OK\r\n*2\r\n:1\r\n$1\r\na\r\n@');
    const replies = ['+OK\r\n', '*2\r\n:1\r\n$1\r\na\r\n'];
    expect(takeApart(bytes)).toEqual({ replies, isDamaged: true });
  });
});
