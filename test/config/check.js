import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countsOf } from './counts.js';
import { entrance, tiers } from './tiers.js';

/** What holds without a test; each is a script of package.json. */
const checks = ['format:check', 'lint', 'types', 'structure', 'package'];

/** Whether a tier that this machine does not allow is a failure instead of a line. */
const everyTier = process.argv.includes('--every-tier');

const scratch = mkdtempSync(join(tmpdir(), 'redis-resilience-'));
let passed = 0;
let failed = 0;

const outcomes = await Promise.all(checks.map(runQuietly));
for (const { check, output, status } of outcomes) {
  console.log(`\n> ${check}\n${output.trim()}`);
  if (status === 0) passed++;
  else failed++;
}
const ran = tiers.map((tier) => {
  const found = entrance(tier);
  if ('obstacle' in found) {
    if (everyTier) failed++;
    return `tier ${tier.name}: did not run, ${found.obstacle}`;
  }
  for (const project of tier.projects) test(project);
  return `tier ${tier.name}: ran`;
});
rmSync(scratch, { recursive: true });
// Last and alone, since it measures.
if (run('bench', '--short', '--check') === 0) passed++;
else failed++;

console.log(`\n${ran.join('\n')}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** @param {string} project */
function test(project) {
  const report = join(scratch, `${project}.json`);
  const status = run(
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  );
  const counts = countsOf(report, status);
  passed += counts.passed;
  failed += counts.failed;
}

/**
 * Runs a check and tells what it printed in one piece, since they run at the same time.
 * @param {string} check
 * @returns {Promise<{ check: string, output: string, status: number }>}
 */
function runQuietly(check) {
  return new Promise((resolve) => {
    const child = spawn('npm', ['run', '--silent', check]);
    let output = '';
    const keep = (/** @type {Buffer} */ chunk) => (output += chunk.toString());
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('close', (code) => {
      resolve({ check, output, status: code ?? 1 });
    });
  });
}

/** @param {string} script @param {string[]} args */
function run(script, ...args) {
  console.log(`\n> ${script}`);
  return (
    spawnSync('npm', ['run', '--silent', script, '--', ...args], { stdio: 'inherit' }).status ?? 1
  );
}
