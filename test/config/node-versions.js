/* Runs what depends on Node under each that is supported: `node-versions.js [22 26] [vitest options]`. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { countsOf } from './counts.js';

const MAJORS = ['20', '22', '24', '26'];

/** Pure logic, each fault once for a moment, and TLS, whose sockets Node tells of in ways that changed. */
const TESTS = ['test/unit', 'test/properties', 'test/faults/matrix', 'test/faults/tls.test.ts'];

const chosen = process.argv.slice(2).filter((each) => /^\d+$/.test(each));
const options = process.argv.slice(2).filter((each) => !chosen.includes(each));
const root = join(import.meta.dirname, '../..');
const scratch = mkdtempSync(join(tmpdir(), 'redis-resilience-'));
// For the copies of the project in there: what they do not have of their own, they find here.
symlinkSync(join(root, 'node_modules'), join(scratch, 'node_modules'));
try {
  for (const major of chosen.length > 0 ? chosen : MAJORS) testOn(major);
} finally {
  rmSync(scratch, { recursive: true });
}

/** @param {string} major */
function testOn(major) {
  const folder = join(scratch, major);
  mkdirSync(folder);
  const name = packageOfNode();
  const node = join(folder, 'node_modules', name, 'bin/node');
  if (!install(process.execPath, folder, `${name}@${major}`)) {
    refuse(`node ${major}: npm has no ${name}@${major} that this machine can get.`);
    return;
  }
  runTests(node, root);
  // Under each Node, npm picks the newest that say that they run on it.
  if (!install(node, folder, 'opossum@>=0', 'p-retry@>=0')) {
    refuse(`node ${major}: npm finds no opossum and p-retry for it.`);
    return;
  }
  if (dependenciesIn(folder) === dependenciesIn(root)) return;
  for (const part of ['src', 'test', 'package.json', 'tsconfig.json']) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  runTests(node, folder);
}

/** @param {string} message */
function refuse(message) {
  console.error(message);
  process.exitCode = 1;
}

/** The package that holds the binary of Node for this machine. */
function packageOfNode() {
  const { platform, arch } = process;
  const kind = `${platform === 'win32' ? 'win' : platform}-${arch}`;
  return kind === 'darwin-arm64' ? `node-bin-${kind}` : `node-${kind}`;
}

/**
 * Has npm install packages, itself running on the given Node.
 * @param {string} node
 * @param {string} folder
 * @param {string[]} packages
 */
function install(node, folder, ...packages) {
  const npm = process.env['npm_execpath'];
  if (!npm) throw new Error('to be run by npm: npm run test:node-versions');
  const args = ['install', '--prefix', folder, '--engine-strict', '--no-audit', '--no-fund'];
  const npmInstall = [npm, ...args, ...packages];
  return spawnSync(node, npmInstall, { stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
}

/** @param {string} folder */
function dependenciesIn(folder) {
  return ['opossum', 'p-retry']
    .map((name) => {
      const file = join(folder, 'node_modules', name, 'package.json');
      return `${name} ${JSON.parse(readFileSync(file, 'utf8')).version}`;
    })
    .join(', ');
}

/**
 * Runs the tests of one copy of the project and tells of it in one line, and of what failed in full.
 * @param {string} node
 * @param {string} folder
 */
function runTests(node, folder) {
  const report = join(scratch, 'report.json');
  rmSync(report, { force: true });
  const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...TESTS, ...options];
  const config = ['--config', join(folder, 'test/config/vitest.config.ts')];
  const projects = ['--project=unit', '--project=integration'];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  // What the tests start by name is to run on the same Node.
  const PATH = `${dirname(node)}${delimiter}${process.env['PATH'] ?? ''}`;
  const startedAt = performance.now();
  const { status, stdout, stderr } = spawnSync(
    node,
    [...vitest, ...config, ...projects, ...reporters],
    { cwd: folder, env: { ...process.env, PATH }, encoding: 'utf8', maxBuffer: Infinity },
  );
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  const { passed, failed } = countsOf(report, status ?? 1);
  if (failed > 0) refuse(stdout + stderr);
  const { stdout: version } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  const runtime = `node ${version.trim().slice(1)}, ${dependenciesIn(folder)}`;
  console.log(`${runtime}: ${passed} passed, ${failed} failed, ${seconds} s`);
}
