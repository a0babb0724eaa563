import fc from 'fast-check';

const text = fc.string().map((any) => any.replaceAll(/[\r\n]/g, ' '));

function line(type: string, value: unknown): Buffer {
  return Buffer.from(`${type}${String(value)}\r\n`);
}

function payload(type: string, bytes: Uint8Array): Buffer {
  return Buffer.concat([line(type, bytes.length), bytes, Buffer.from('\r\n')]);
}

/** A whole reply of RESP2 or RESP3, nested up to so many levels. */
export const arbitraryReply: fc.Memo<Buffer> = fc.memo((depth) => {
  const flat = [
    fc.tuple(fc.constantFrom('+', '-'), text).map(([type, any]) => line(type, any)),
    fc.maxSafeInteger().map((value) => line(':', value)),
    fc.bigInt().map((value) => line('(', value)),
    fc.double().map((value) => line(',', String(value).replace('Infinity', 'inf'))),
    fc.constantFrom('$-1', '*-1', '_', '#t', '#f').map((whole) => line(whole, '')),
    fc
      .tuple(fc.constantFrom('$', '=', '!'), fc.uint8Array({ maxLength: 40 }))
      .map(([type, bytes]) => payload(type, bytes)),
  ];
  if (depth <= 1) return fc.oneof(...flat);
  const item = arbitraryReply(depth - 1);
  const list = fc
    .tuple(fc.constantFrom('*', '~', '>'), fc.array(item, { maxLength: 4 }))
    .map(([type, items]) => Buffer.concat([line(type, items.length), ...items]));
  const pairs = fc.array(fc.tuple(item, item), { maxLength: 3 });
  const map = pairs.map((entries) => Buffer.concat([line('%', entries.length), ...entries.flat()]));
  const attribute = fc
    .tuple(pairs, item)
    .map(([entries, value]) =>
      Buffer.concat([line('|', entries.length), ...entries.flat(), value]),
    );
  return fc.oneof(...flat, list, map, attribute);
});

/** Some replies after another. */
export const arbitraryReplies = fc.array(arbitraryReply(3), { minLength: 1, maxLength: 6 });

/** Cuts bytes up at the given places, wherever these are. */
export function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % bytes.length), bytes.length];
  const sorted = ends.toSorted((one, other) => one - other);
  return sorted.map((end, index) => bytes.subarray(sorted[index - 1] ?? 0, end));
}
