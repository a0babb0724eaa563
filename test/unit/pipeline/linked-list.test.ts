import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LinkedList, type Listed } from '../../../src/pipeline/linked-list.ts';

class Item<T> implements Listed<Item<T>> {
  readonly value: T;
  list: LinkedList<Item<T>> | undefined;
  previous: Item<T> | undefined;
  next: Item<T> | undefined;

  constructor(value: T) {
    this.value = value;
  }
}

describe('LinkedList', () => {
  const listOf = (...items: Item<string>[]) => {
    const list = new LinkedList<Item<string>>();
    for (const item of items) list.append(item);
    return list;
  };
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((value) => new Item(value)) as [
    Item<string>,
    Item<string>,
    Item<string>,
    Item<string>,
  ];

  it('hands items out in the order in which they came', () => {
    const list = listOf(a, b, c);
    expect(list.size).toBe(3);
    expect(list.first).toBe(a);
    expect([list.shift(), list.shift(), list.shift(), list.shift()]).toEqual([a, b, c, undefined]);
    expect([list.size, list.first]).toEqual([0, undefined]);
  });

  it('lets an item leave from anywhere, once', () => {
    const list = listOf(a, b, c);
    list.remove(b);
    list.remove(b);
    expect(list.size).toBe(2);
    list.remove(c);
    list.remove(a);
    expect([list.size, list.first]).toEqual([0, undefined]);
    list.append(d);
    expect(list.shift()).toBe(d);
  });

  it('does not let an item leave another list', () => {
    const one = listOf(a);
    const other = listOf(b);
    other.remove(a);
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
        const list = new LinkedList<Item<number>>();
        const items: Item<number>[] = [];
        const model: number[] = [];
        for (const [value, one] of steps.entries()) {
          if (one.do === 'append') {
            const item = new Item(value);
            items.push(item);
            list.append(item);
            model.push(value);
          } else if (one.do === 'shift') {
            expect(list.shift()?.value).toBe(model.shift());
          } else {
            const item = items[one.which];
            if (!item) continue;
            list.remove(item);
            if (model.includes(item.value)) model.splice(model.indexOf(item.value), 1);
          }
          expect([list.size, list.first?.value]).toEqual([model.length, model[0]]);
        }
        expect(Array.from({ length: model.length }, () => list.shift()?.value)).toEqual(model);
      }),
      { numRuns: 200 },
    );
  });
});
