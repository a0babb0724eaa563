import { RedisServer } from '../support/redis-server.ts';
import { measureApart } from './apart.ts';
import type { StormTask } from './storm-process.ts';

/** What it took one kind of client that many commands failed at once. */
export interface Storm {
  readonly variant: string;
  readonly failing: number;
  /** Undefined where the process was still blocked after `BOUND_MS`. */
  readonly longestBlockMs: number | undefined;
}

/** How long a process may be blocked before it is not waited for any more. */
const BOUND_MS = 20_000;

/** Has commands that must not be repeated fail all at once, after a busy second. */
export async function measureStorms(
  variants: readonly string[],
  counts: readonly number[],
): Promise<Storm[]> {
  const storms: Storm[] = [];
  for (const variant of variants) {
    for (const failing of counts) {
      const server = await RedisServer.start();
      const task: StormTask = { variant, port: server.port, failing, pid: server.pid };
      const longestBlockMs = await measureApart<number>('storm-process.ts', task, BOUND_MS);
      storms.push({ variant, failing, longestBlockMs });
      await server.stop();
    }
  }
  return storms;
}
