import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplyStream } from '../../src/connection/reply-stream.ts';

const line = fc.string().map((text) => text.replaceAll(/[\r\n]/g, ' '));
const payload = (type: string, bytes: Uint8Array) =>
  Buffer.concat([Buffer.from(`${type}${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]);

/** A whole reply of RESP2 or RESP3. */
const reply: fc.Memo<Buffer> = fc.memo((depth) =>
  fc.oneof(
    line.map((text) => Buffer.from(`+${text}\r\n`)),
    line.map((text) => Buffer.from(`-${text}\r\n`)),
    fc.maxSafeInteger().map((value) => Buffer.from(`:${value}\r\n`)),
    fc.double().map((value) => Buffer.from(`,${value}\r\n`.replace('Infinity', 'inf'))),
    fc
      .constantFrom('$-1\r\n', '*-1\r\n', '_\r\n', '#t\r\n', '#f\r\n')
      .map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => payload('$', bytes)),
    ...(depth > 1
      ? [
          fc
            .tuple(fc.constantFrom('*', '~', '>'), fc.array(reply(depth - 1), { maxLength: 4 }))
            .map(([type, items]) =>
              Buffer.concat([Buffer.from(`${type}${items.length}\r\n`), ...items]),
            ),
        ]
      : []),
  ),
);

const replies = fc.array(reply(3), { minLength: 1, maxLength: 6 }).map((all) => Buffer.concat(all));

/** Cuts bytes up at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % bytes.length), bytes.length];
  const sorted = ends.toSorted((one, other) => one - other);
  return sorted.map((end, index) => bytes.subarray(sorted[index - 1] ?? 0, end));
}

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
