import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { program, root } from '../support/program.ts';

const examples = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.ts'));

describe('the examples', () => {
  it('are all there', () => {
    const numbers = ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11'];
    expect(examples.map((name) => name.slice(0, 2))).toEqual(numbers);
  });

  it.concurrent.for(examples)(
    '%s runs to its end and says something',
    { timeout: 60_000 },
    async (name, test) => {
      const { stdout, stderr } = await program(join('examples', name));
      test.expect((stdout + stderr).trim().split('\n').length).toBeGreaterThan(2);
      test
        .expect(readFileSync(join(root, 'examples', name), 'utf8').split('\n').length)
        .toBeLessThanOrEqual(61);
    },
  );
});

interface Row {
  readonly fault: string;
  readonly client: string;
  readonly calls: number;
}

interface Result {
  readonly faults: readonly Row[];
  readonly total: readonly Row[];
}

/** How many calls the picture accounts for, by what it tells those who cannot see it. */
function drawnCalls(svg: string, client: string): number {
  const said = new RegExp(`The ${client} client: (.*?), longest`).exec(svg)?.[1] ?? '';
  const counts = said.matchAll(/([\d,]+) (?:answered|failed|still waiting)/g);
  return [...counts].reduce((sum, [, count = '']) => sum + Number(count.replace(',', '')), 0);
}

describe('the demo', () => {
  it.concurrent.for(['4', '5', '6'])(
    'with redis %s ends by itself in under 90 s, with exit code 0',
    { timeout: 100_000 },
    async (major, test) => {
      const scratch = await mkdtemp(join(tmpdir(), 'demo-'));
      test.onTestFinished(() => rm(scratch, { recursive: true }));
      const file = join(scratch, 'result.json');
      const picture = join(scratch, 'picture.svg');
      const files = ['--json', file, '--svg', picture];
      const { stdout } = await program('examples/demo/main.ts', '--redis', major, ...files);
      test
        .expect(stdout)
        .toContain('nothing executed twice, lost, answered wrongly or left hanging');
      const { faults, total } = JSON.parse(readFileSync(file, 'utf8')) as Result;
      const wrapped = faults.filter(({ client }) => client === 'wrapped');
      test.expect(wrapped.length).toBeGreaterThanOrEqual(6);
      for (const row of wrapped) {
        test
          .expect(row)
          .toMatchObject({ executedTwice: 0, lostWrites: 0, wrongReplies: 0, hanging: 0 });
      }
      const svg = readFileSync(picture, 'utf8');
      for (const { fault } of wrapped.slice(1)) test.expect(svg).toContain(`>${fault}</text>`);
      for (const { client, calls } of total) test.expect(drawnCalls(svg, client)).toBe(calls);
    },
  );
});
