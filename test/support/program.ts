import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where this project is. */
export const root = new URL('../..', import.meta.url).pathname;

/** Runs a program of ours to its end; rejects where it ends with another exit code than 0. */
export const program = (...args: string[]) =>
  run(process.execPath, ['--import', 'tsx', ...args], { cwd: root, timeout: 90_000 });
