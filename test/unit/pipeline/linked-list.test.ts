import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LinkedList, type Place } from '../../../src/pipeline/linked-list.ts';

describe('LinkedList', () => {
  it('hands items out in the order in which they came', () => {
    const list = new LinkedList<string>();
    for (const item of ['a', 'b', 'c']) list.append(item);
    expect([list.size, list.first]).toEqual([3, 'a']);
    expect([list.shift(), list.shift(), list.shift(), list.shift()]).toEqual([
      'a',
      'b',
      'c',
      undefined,
    ]);
    expect([list.size, list.first]).toEqual([0, undefined]);
  });

  it('lets an item leave from anywhere, once', () => {
    const list = new LinkedList<string>();
    const [a, b, c] = ['a', 'b', 'c'].map((item) => list.append(item)) as [
      Place<string>,
      Place<string>,
      Place<string>,
    ];
    list.remove(b);
    list.remove(b);
    expect(list.size).toBe(2);
    list.remove(c);
    list.remove(a);
    expect([list.size, list.first]).toEqual([0, undefined]);
    list.append('d');
    expect(list.shift()).toBe('d');
  });

  it('does not let a place leave another list', () => {
    const one = new LinkedList<string>();
    const other = new LinkedList<string>();
    const place = one.append('a');
    other.append('b');
    other.remove(place);
    expect([one.size, other.size]).toEqual([1, 1]);
  });

  it('holds what an array would hold, whatever is done to it', () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ do: fc.constant('append' as const) }) },
      fc.record({ do: fc.constant('shift' as const) }),
      fc.record({ do: fc.constant('remove' as const), which: fc.nat(40) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const list = new LinkedList<number>();
        const places: Place<number>[] = [];
        const model: number[] = [];
        for (const [item, one] of steps.entries()) {
          if (one.do === 'append') {
            places.push(list.append(item));
            model.push(item);
          } else if (one.do === 'shift') {
            expect(list.shift()).toBe(model.shift());
          } else {
            const place = places[one.which];
            if (!place) continue;
            list.remove(place);
            if (model.includes(place.item)) model.splice(model.indexOf(place.item), 1);
          }
          expect([list.size, list.first]).toEqual([model.length, model[0]]);
        }
        expect(Array.from({ length: model.length }, () => list.shift())).toEqual(model);
      }),
      { numRuns: 200 },
    );
  });
});
