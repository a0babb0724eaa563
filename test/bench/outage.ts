import { setTimeout as sleep } from 'node:timers/promises';
import { RedisServer } from '../support/redis-server.ts';
import { measureApart } from './apart.ts';
import type { OutageTask } from './outage-process.ts';

/** What an outage under load did to one kind of client. */
export interface Outage {
  readonly variant: string;
  readonly ratePerSecond: number;
  /** Undefined where the process was still blocked `BOUND_MS` after its last call. */
  readonly seen: Seen | undefined;
}

/** What the process itself saw. */
export interface Seen {
  readonly calls: number;
  readonly answered: number;
  readonly failed: number;
  readonly pending: number;
  readonly longestBlockMs: number;
  readonly longestCallMs: number;
  /** From the start of the server to the first success of a call issued since; undefined without any. */
  readonly backMs: number | undefined;
  readonly peakHeapMb: number;
  readonly logLines: number;
}

/** How long a process may be blocked before it is not waited for any more. */
const BOUND_MS = 20_000;

const KILLED_AT_MS = 2_000;
const AWAY_MS = 1_500;
const AFTER_MS = 2_500;

/** Kills a server under an open loop of GETs and starts it again. */
export async function measureOutages(
  variants: readonly string[],
  rates: readonly number[],
): Promise<Outage[]> {
  const outages: Outage[] = [];
  for (const variant of variants) {
    for (const ratePerSecond of rates) {
      const server = await RedisServer.start();
      await server.must('SET', 'key', 'value');
      const forMs = KILLED_AT_MS + AWAY_MS + AFTER_MS;
      const task: OutageTask = { variant, port: server.port, ratePerSecond, forMs };
      const seen = await measureApart<Seen>('outage-process.ts', task, BOUND_MS, async (child) => {
        await sleep(KILLED_AT_MS);
        await server.kill();
        await sleep(AWAY_MS);
        child.send({ startedAt: Date.now() });
        await server.restart();
        await sleep(AFTER_MS);
      });
      outages.push({ variant, ratePerSecond, seen });
      await server.stop();
    }
  }
  return outages;
}
