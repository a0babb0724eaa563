import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cut } from '../../support/arbitrary-replies.ts';
import { Alteration, damaged } from '../../support/fault-alteration.ts';

const bytes = fc.uint8Array({ minLength: 1, maxLength: 60 }).map((all) => Buffer.from(all));
const inserted = fc.uint8Array({ maxLength: 5 }).map((all) => Buffer.from(all));

it('damages a stream in whatever pieces it comes as it damages the whole', () => {
  const damage = fc.record({ place: fc.nat(), lost: fc.nat({ max: 80 }), inserted });
  fc.assert(
    fc.property(bytes, damage, fc.array(fc.nat()), (all, { place, ...rest }, places) => {
      const where = { at: place % (all.length + 1), ...rest };
      const alteration = new Alteration(where);
      const left = cut(all, places).map((piece) => alteration.apply(piece));
      expect(Buffer.concat(left)).toEqual(damaged(all, where));
      expect(alteration.original).toEqual(all);
    }),
  );
});

it.for([
  { lost: 0, inserted: '+', left: 'ab+cdef' },
  { lost: 3, inserted: '', left: 'abf' },
  { lost: 1, inserted: 'X', left: 'abXdef' },
  { lost: 9, inserted: 'X', left: 'abX' },
])('loses $lost bytes and inserts "$inserted"', ({ lost, inserted, left }) => {
  const damage = { at: 2, lost, inserted: Buffer.from(inserted) };
  expect(damaged(Buffer.from('abcdef'), damage).toString()).toBe(left);
});

it('leaves a stream alone that ends before the damage', () => {
  const alteration = new Alteration({ at: 7, lost: 1, inserted: Buffer.from('X') });
  expect(alteration.apply(Buffer.from('abcdef')).toString()).toBe('abcdef');
});
