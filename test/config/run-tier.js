/* Runs vitest inside one tier, in namespaces of its own: `node run-tier.js kernel [vitest options]`. */
import { spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { entrance, env, tiers } from './tiers.js';

const [name = '', ...options] = process.argv.slice(2);
const tier = tiers.find((each) => each.name === name);
if (!tier)
  throw new Error(`no tier ${name}: there are ${tiers.map((each) => each.name).join(', ')}`);

const found = entrance(tier);
if ('obstacle' in found) {
  console.error(`The tests of tier ${name} cannot run here: ${found.obstacle}`);
  process.exit(1);
}

const projects = tier.projects.map((project) => `--project=${project}`);
const vitest = ['vitest', 'run', '--config', 'test/config/vitest.config.ts', ...projects];
const [program = '', ...args] = [...found.command, ...vitest, ...options];
// Tests that could harm the network around them make sure that they are in another one.
const outside = { OUTSIDE_NETWORK: readlinkSync('/proc/self/ns/net') };
const run = spawnSync(program, args, { stdio: 'inherit', env: { ...env, ...outside } });
process.exitCode = run.status ?? 1;
