/* Takes one safeguard at a time out of a copy of the source, and expects the rows that name it to turn red. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultNamed } from './catalogue/index.ts';

interface Safeguard {
  readonly name: string;
  /** In which file, what stands there once, and what takes its place. */
  readonly changes: readonly (readonly [file: string, taken: string, instead: string])[];
  /** A fault of the matrix that the library does not survive without it. */
  readonly row: string;
}

const SAFEGUARDS: readonly Safeguard[] = [
  {
    name: 'watchdog',
    changes: [
      [
        'connection/watchdog.ts',
        '#suspect(message: string): void {',
        '#suspect(message: string): void {\n    if (message) return;',
      ],
    ],
    row: 'connection dead, new ones fine',
  },
  {
    name: 'connect deadline',
    // The client has one of its own, for as long as TCP takes.
    changes: [
      ['connection/connection.ts', 'await within(connectMs,', 'await within(2 ** 31 - 1,'],
      ['connection/template.ts', 'connectTimeout: plan.connectMs', 'connectTimeout: 2 ** 31 - 1'],
    ],
    row: 'accepted and never answered, from the start',
  },
  {
    name: 'replay rule',
    changes: [
      ['layers/retry.ts', "if (reason.execution !== 'unknown') return true;", 'return true;'],
    ],
    row: 'replies lost for 0.3 s, then cut',
  },
  {
    name: 'replacement',
    changes: [
      [
        'connection/supervisor.ts',
        'const current = this.#current;\n    if (!this.isOpen ||',
        'return;\n    const current = this.#current;\n    if (!this.isOpen ||',
      ],
    ],
    row: 'black hole, old connections dead for good',
  },
  {
    name: 'deadline queue',
    changes: [
      [
        'pipeline/deadlines.ts',
        'for (const item of expired) this.#onExpired(item);',
        'void this.#onExpired;',
      ],
    ],
    row: 'server frozen (SIGSTOP)',
  },
  {
    name: 'redaction',
    changes: [
      [
        'telemetry/redact.ts',
        "...(replyCode === undefined && kind !== 'unknown' && kind !== 'command' && { message }),",
        '...{ message },',
      ],
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
  const which = ['--project', 'integration', 'test/faults/matrix/redis-4', '-t', `${pattern}$`];
  const { stdout } = spawnSync('npx', [...vitest, ...which, '--reporter=json'], {
    cwd: root,
    env: { ...process.env, REDIS_RESILIENCE_SOURCE: copy },
    encoding: 'utf8',
  });
  const { numPassedTests, numFailedTests } = JSON.parse(stdout) as {
    readonly numPassedTests: number;
    readonly numFailedTests: number;
  };
  // A name that fits no test passes as well, as far as the runner is concerned.
  if (numPassedTests + numFailedTests !== 1) throw new Error(`no one test is called '${row}'`);
  return numFailedTests === 0;
}

let unproven = 0;
for (const { name, changes, row } of SAFEGUARDS) {
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  cpSync(join(root, 'src'), copy, { recursive: true });
  const withIt = isGreen(row);
  for (const [file, taken, instead] of changes) {
    const source = readFileSync(join(copy, file), 'utf8');
    if (source.split(taken).length !== 2) throw new Error(`${file} does not have ${taken} once`);
    writeFileSync(join(copy, file), source.replace(taken, instead));
  }
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
