import { describe, expect, it } from 'vitest';
import { REPLAY_RULES } from '../../../src/commands/replay.ts';
import { SINGLE_VALUE_READS } from '../../../src/commands/single-value.ts';

describe('SINGLE_VALUE_READS', () => {
  it('has only known commands', () => {
    expect([...SINGLE_VALUE_READS].filter((name) => !REPLAY_RULES.has(name))).toEqual([]);
  });

  it.each(['LPOP', 'SPOP', 'RANDOMKEY', 'SET', 'GETSET', 'MGET', 'HMGET', 'XREAD'])(
    'has no %s, whose null means something else',
    (name) => {
      expect(SINGLE_VALUE_READS.has(name)).toBe(false);
    },
  );
});
