/* Takes one safeguard at a time out of a copy of the source, and expects the rows that name it to turn red. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultNamed } from './catalogue/index.ts';

interface Safeguard {
  readonly name: string;
  readonly file: string;
  /** What stands in the source once, and what takes its place. */
  readonly replace: readonly [string, string];
  /** A fault of the matrix that the library does not survive without it. */
  readonly row: string;
}

const SAFEGUARDS: readonly Safeguard[] = [
  {
    name: 'watchdog',
    file: 'connection/watchdog.ts',
    replace: ['this.#scheduleLook();\n      this.#check();', 'this.#scheduleLook();'],
    row: 'connection dead, new ones fine',
  },
  {
    name: 'connect deadline',
    file: 'connection/connection.ts',
    replace: ['await within(connectMs,', 'await within(2 ** 31 - 1,'],
    row: 'accepted and never answered, from the start',
  },
  {
    name: 'replay rule',
    file: 'layers/retry.ts',
    replace: ["if (reason.execution !== 'unknown') return true;", 'return true;'],
    row: 'replies lost for 0.3 s, then cut',
  },
  {
    name: 'replacement',
    file: 'connection/supervisor.ts',
    replace: [
      'const current = this.#current;\n    if (!this.isOpen ||',
      'return;\n    const current = this.#current;\n    if (!this.isOpen ||',
    ],
    row: 'black hole, old connections dead for good',
  },
  {
    name: 'deadline queue',
    file: 'pipeline/deadlines.ts',
    replace: ['for (const item of expired) this.#onExpired(item);', 'void this.#onExpired;'],
    row: 'server frozen (SIGSTOP)',
  },
  {
    name: 'redaction',
    file: 'telemetry/redact.ts',
    replace: [
      "...(replyCode === undefined && kind !== 'unknown' && kind !== 'command' && { message }),",
      '...{ message },',
    ],
    row: 'command that the server does not have',
  },
];

const root = new URL('../..', import.meta.url).pathname;
// Inside the project, so that what it imports is found.
const copy = join(root, 'node_modules/.cache/redis-resilience/src');

/** Whether a row is green on the copy. */
function isGreen(row: string): boolean {
  const pattern = faultNamed(row).name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const vitest = ['vitest', 'run', '--config', 'test/config/vitest.config.ts'];
  const which = ['--project', 'integration', 'test/faults/matrix/redis-4', '-t', pattern];
  const { status } = spawnSync('npx', [...vitest, ...which], {
    cwd: root,
    env: { ...process.env, REDIS_RESILIENCE_SOURCE: copy },
    stdio: 'ignore',
  });
  return status === 0;
}

let unproven = 0;
for (const { name, file, replace, row } of SAFEGUARDS) {
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  cpSync(join(root, 'src'), copy, { recursive: true });
  const withIt = isGreen(row);
  const source = readFileSync(join(copy, file), 'utf8');
  const [taken, instead] = replace;
  if (source.split(taken).length !== 2) throw new Error(`${file} does not have ${taken} once`);
  writeFileSync(join(copy, file), source.replace(taken, instead));
  const withoutIt = isGreen(row);
  const proven = withIt && !withoutIt;
  if (!proven) unproven++;
  const colour = (green: boolean) => (green ? 'green' : 'red');
  console.log(
    `${proven ? 'proven  ' : 'UNPROVEN'}  ${name.padEnd(18)} ${row}: ${colour(withIt)} with it, ${colour(withoutIt)} without`,
  );
}
rmSync(copy, { recursive: true, force: true });
process.exitCode = unproven === 0 ? 0 : 1;
