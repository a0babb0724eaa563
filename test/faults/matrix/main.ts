/* Runs the fault matrix, prints its table and writes what it found as JSON. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RESULTS_VARIABLE } from './record.ts';
import { cellsOf, resultsIn } from './table.ts';

const usage = `Usage: npm run faults -- [--redis 4|5|6] [--update]

Puts the bare node-redis client and the wrapped one through every fault of the matrix, prints what
became of their calls, and exits with 1 where a promise was broken.

  --redis 4|5|6   one major version of node-redis instead of all
  --update        keeps the results for the README, which \`npm run readme\` then shows
  --help          prints this`;

const { values } = parseArgs({
  options: {
    redis: { type: 'string' },
    update: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(usage);
  process.exit();
}

const kept = new URL('../results/', import.meta.url).pathname;
const directory = values.update ? kept : mkdtempSync(join(tmpdir(), 'redis-resilience-faults-'));
const files = `test/faults/matrix/redis-${values.redis ?? ''}`;
const vitest = ['vitest', 'run', '--config', 'test/config/vitest.config.ts'];
const { status } = spawnSync('npx', [...vitest, '--project', 'integration', files], {
  stdio: 'inherit',
  env: { ...process.env, [RESULTS_VARIABLE]: directory },
});

const { head, rows } = cellsOf(resultsIn(directory));
const widths = head.map((_, column) =>
  Math.max(...[head, ...rows].map((row) => (row[column] ?? '').length)),
);
for (const row of [head, ...rows]) {
  console.log(row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
}
console.log(`\nAs JSON: ${directory}`);
process.exitCode = status ?? 1;
