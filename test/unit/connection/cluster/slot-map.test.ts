import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rangesOf, rangesOfReply, SLOTS } from '../../../../src/connection/cluster/slot-map.ts';

/** A run of slots as CLUSTER SLOTS tells it, replicas behind the master. */
type Run = readonly [from: number, to: number, port: number];

const replyOf = (runs: readonly Run[]) =>
  runs.map(([from, to, port]) => [from, to, ['127.0.0.1', port, 'id', []], ['127.0.0.1', 1, 'r']]);

/** Runs that do not touch each other's slots, in any order, with gaps and neighbours of one owner. */
const runs: fc.Arbitrary<Run[]> = fc
  .uniqueArray(fc.integer({ min: 0, max: SLOTS - 1 }), { minLength: 2, maxLength: 12 })
  .chain((cuts) => {
    const sorted = [...cuts].sort((a, b) => a - b);
    const between = sorted.slice(1).map((to, index) => [sorted[index]!, to - 1] as const);
    return fc
      .tuple(...between.map(() => fc.option(fc.constantFrom(7000, 7001, 7002))))
      .map((ports) =>
        between.flatMap(([from, to], index): Run[] => {
          const port = ports[index];
          return port == null ? [] : [[from, to, port]];
        }),
      );
  })
  .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));

describe('the map of slots', () => {
  it('joins neighbours of one owner, and leaves out what nobody serves', () => {
    const reply = replyOf([
      [100, 199, 7001],
      [0, 49, 7000],
      [50, 99, 7000],
      [16_383, 16_383, 7000],
    ]);
    expect(rangesOfReply(reply)).toBe(
      '0-99=127.0.0.1:7000,100-199=127.0.0.1:7001,16383-16383=127.0.0.1:7000',
    );
  });

  it('is empty where nothing is served', () => {
    expect(rangesOfReply([])).toBe('');
    expect(rangesOf(() => undefined)).toBe('');
  });

  it('is none of what is no list', () => {
    for (const reply of [undefined, null, 'OK', {}, new Error('ERR')]) {
      expect(rangesOfReply(reply)).toBeUndefined();
    }
  });

  it('reads the same off a reply, in whatever order, and off what the client knows', () => {
    fc.assert(
      fc.property(runs, (served) => {
        const owner = (slot: number) =>
          served.find(([from, to]) => from <= slot && slot <= to)?.[2];
        const known = rangesOf((slot) => {
          const port = owner(slot);
          return port === undefined ? undefined : `127.0.0.1:${port}`;
        });
        expect(rangesOfReply(replyOf(served))).toBe(known);
        const counted = known
          .split(',')
          .filter(Boolean)
          .map((range) => range.split('=')[0]!.split('-').map(Number))
          .reduce((sum, [from = 0, to = 0]) => sum + to - from + 1, 0);
        expect(counted).toBe(served.reduce((sum, [from, to]) => sum + to - from + 1, 0));
      }),
      { numRuns: 50 },
    );
  });

  it('differs as soon as one slot is served elsewhere', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: SLOTS - 1 }), (moved) => {
        const before = rangesOf(() => '127.0.0.1:7000');
        expect(rangesOf((slot) => `127.0.0.1:${slot === moved ? 7001 : 7000}`)).not.toBe(before);
      }),
      { numRuns: 50 },
    );
  });
});
