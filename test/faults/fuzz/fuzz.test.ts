import { describe, expect, it } from 'vitest';
import { majors } from '../../support/clients.ts';
import { setUp } from './bench.ts';
import { describe as told, runCases } from './run.ts';
import { Tally } from './tally.ts';

const SEED = 1;
const CASES = 60;

describe('damage to the bytes of replies', () => {
  it.for(majors)('breaks no promise with $name', { timeout: 60_000 }, async (version, test) => {
    const bench = await setUp(version);
    test.onTestFinished(() => bench.tearDown());
    const tally = new Tally();
    const broken: string[] = [];
    await runCases(bench, SEED, [...Array(CASES).keys()], {
      ended(ended) {
        tally.add(ended);
        if (ended.broken.length > 0) broken.push(told(ended, version.major, SEED));
      },
    });
    expect(broken.join('\n')).toBe('');

    // The damage reached the clients: writes failed by it, and answers that nobody could know for wrong are.
    const { cut, undecodable, parses } = tally.rows;
    expect(cut.cases + undecodable.cases + parses.cases).toBeGreaterThan(0.9 * CASES);
    for (const { failed } of [cut, undecodable]) expect(failed).toBeGreaterThan(0);
    expect(parses.wrong).toBeGreaterThan(0);
  });
});
