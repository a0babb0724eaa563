/* Gets what the tests need; runs before node_modules exists, so it imports node's own modules only. */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { findBrowser } from './find-browser.js';
import { findOnPath, findRedisServer, findRsyslogd } from './find-redis-server.js';

const root = join(import.meta.dirname, '../..');
const oldestNode = [20, 19];

/**
 * Prints what is missing and ends the run.
 * @param {string} message
 * @returns {never}
 */
function refuse(message) {
  console.error(`setup: ${message}`);
  process.exit(1);
}

/**
 * Runs a program in the open and says whether it succeeded.
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
function run(program, args, env = {}) {
  const shell = process.platform === 'win32';
  const options = { cwd: root, env: { ...process.env, ...env }, shell };
  return spawnSync(program, args, { ...options, stdio: 'inherit' }).status === 0;
}

/**
 * When the file was last written, or never.
 * @param {string} file
 */
function writtenAt(file) {
  return statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;
}

/** Refuses a Node that the library does not support. */
function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldestNode;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  refuse(`Node ${oldestNode.join('.')} or newer is needed, this is ${process.versions.node}.`);
}

/** Installs the packages when none are there or the lock file has changed since. */
function installPackages() {
  if (writtenAt('node_modules/.package-lock.json') >= writtenAt('package-lock.json')) return;
  console.log('setup: installing packages (npm ci)');
  if (!run('npm', ['ci', '--no-audit', '--no-fund'])) refuse('npm ci failed.');
}

/** Whether what is large and only some tests need is wanted, too. */
const withAll = process.argv.includes('--all');

/** Debian packages of programs that tests need; without all but the first, some say that they cannot run. */
const programs = [
  { name: 'redis-server', isThere: () => findRedisServer() !== undefined },
  { name: 'iptables', isThere: () => findOnPath('iptables') !== undefined },
  { name: 'iproute2', isThere: () => findOnPath('ss') !== undefined },
  { name: 'chromium', isThere: () => !withAll || findBrowser() !== undefined },
  { name: 'prometheus', isThere: () => !withAll || findOnPath('prometheus') !== undefined },
  { name: 'rsyslog', isThere: () => !withAll || findRsyslogd() !== undefined },
];

/** Installs what is missing by the system's package manager, where that is allowed. */
function installPrograms() {
  const missing = programs.filter(({ isThere }) => !isThere()).map(({ name }) => name);
  if (missing.length === 0) return;
  if (process.getuid?.() === 0 && findOnPath('apt-get')) {
    console.log(`setup: installing ${missing.join(', ')} (apt-get install)`);
    // RUNLEVEL=1 keeps a package from starting a server of its own.
    const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    run('apt-get', ['update'], env);
    run('apt-get', ['install', '-y', '--no-install-recommends', ...missing], env);
  } else if (missing.includes('redis-server') && findOnPath('brew')) {
    console.log('setup: installing redis-server (brew install redis)');
    run('brew', ['install', 'redis']);
  }
}

/** Makes sure that the tests can start a real Redis. */
function provideRedisServer() {
  const chosen = process.env['REDIS_SERVER_BIN'];
  if (chosen && !findRedisServer())
    refuse(`REDIS_SERVER_BIN names ${chosen}, which is not a program that can be run.`);
  installPrograms();
  if (findRedisServer()) return;
  refuse(
    'the tests need redis-server (7.0 or newer). Install it (Debian, Ubuntu: apt install ' +
      'redis-server; macOS: brew install redis) or set REDIS_SERVER_BIN to its path.',
  );
}

checkNode();
installPackages();
provideRedisServer();
