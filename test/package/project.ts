import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const root = new URL('../..', import.meta.url).pathname;
const fixtures = new URL('consumers', import.meta.url).pathname;

/** What is read of a package.json. */
interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Runs a program of node to its end; rejects with all that it printed where it fails. */
export async function run(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ stdout: string; stderr: string }> {
  try {
    return await execute(process.execPath, args, {
      cwd,
      env: { ...process.env, ...env },
      timeout: 110_000,
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`node ${args.join(' ')} failed:\n${stdout}${stderr}`);
  }
}

/** The file of a development tool of ours. */
export const tool = (path: string): string => join(root, 'node_modules', path);

/** Builds and packs the library as for a release, and gives the folder that the tarball holds. */
export async function packed(): Promise<string> {
  const scratch = mkdtempSync(join(tmpdir(), 'redis-resilience-packed-'));
  await execute('npm', ['pack', '--silent', '--pack-destination', scratch], { cwd: root });
  await execute('tar', ['-xzf', `redis-resilience-${manifestOf(root).version}.tgz`], {
    cwd: scratch,
  });
  return join(scratch, 'package');
}

/**
 * A project beside the tarball, with the packages that it and the library declare and no others: so a
 * dependency that is used and not declared is found.
 */
export function project(library: string, name: string): string {
  const folder = join(dirname(library), name);
  cpSync(join(fixtures, name), folder, { recursive: true });
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  cpSync(library, join(modules, 'redis-resilience'), { recursive: true });
  for (const dependency of new Set([...declared(folder), ...declared(library)])) {
    const link = join(modules, dependency);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', dependency), link);
  }
  return folder;
}

function declared(folder: string): string[] {
  return Object.keys(manifestOf(folder).dependencies ?? {});
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}
