import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { majors } from '../support/clients.ts';
import { program, root } from '../support/program.ts';
import { UPSTREAM_FAULTS } from './upstream-faults.ts';

const directory = join(root, 'examples/upstream');
const programs = [...new Set(UPSTREAM_FAULTS.map((fault) => fault.program))];

describe('the faults of node-redis', () => {
  it('have a program each', () => {
    expect(readdirSync(directory).sort()).toEqual(programs.map((name) => `${name}.ts`));
  });

  // Red where a release no longer has a fault: its row is to be taken out then.
  it.concurrent.for(programs)('are what %s shows, in those majors alone', async (name, test) => {
    const file = join(directory, `${name}.ts`);
    test.expect(readFileSync(file, 'utf8').split('\n').length).toBeLessThanOrEqual(61);
    const { stdout } = await program(file);
    const shown = stdout.split('\n').filter((line) => line && !line.endsWith(': not shown'));
    const claimed = majors.flatMap((version) =>
      UPSTREAM_FAULTS.filter((fault) => fault.program === name)
        .filter((fault) => fault.majors.includes(version.major))
        .map(({ bare }) => `${version.name}: ${bare}`),
    );
    test.expect(shown.sort()).toEqual(claimed);
  });
});
