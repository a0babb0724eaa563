import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, it } from 'vitest';
import { majors } from '../support/clients.ts';
import { sharedServer } from './shared-server.ts';

const run = promisify(execFile);
const control = sharedServer();
const program = new URL('wraps.ts', import.meta.url).pathname;

interface Report {
  readonly wraps: number;
  readonly listeners: number;
  readonly grownBytes: number;
  readonly resources: { readonly before: string[]; readonly after: string[] };
}

describe('ten thousand wraps and closes', () => {
  it.concurrent.for(majors)(
    'leave nothing behind with $name',
    { timeout: 100_000 },
    async ({ major }, { expect }) => {
      const args = [
        '--expose-gc',
        '--import',
        'tsx',
        program,
        String(major),
        String(control().port),
      ];
      // Ends by itself, or not at all: that is one of the things to show.
      const { stdout, stderr } = await run(process.execPath, args, { timeout: 90_000 });
      const { wraps, listeners, grownBytes, resources } = JSON.parse(stdout) as Report;
      expect(wraps).toBeGreaterThan(10_000);
      expect(listeners).toBe(0);
      expect(resources.after).toEqual(resources.before);
      expect(grownBytes).toBeLessThan(5_000_000);
      expect(stderr).toBe('');
    },
  );
});
