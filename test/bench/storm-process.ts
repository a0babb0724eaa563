/* Started by `storm.ts`: one client, and how long its process is blocked when its commands fail. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResilienceOptions } from 'redis-resilience';
import { answer, type Task } from './apart.ts';
import { Stalls } from '../support/stalls.ts';
import { variantNamed, type Subject } from './subjects.ts';

/** What is to fail. */
export interface StormTask extends Task {
  readonly failing: number;
  /** The server's. */
  readonly pid: number;
}

/** Lets in flight what is wanted, and waits for it as long as it takes. */
const ROOMY: ResilienceOptions = {
  timeout: { attemptMs: 60_000, totalMs: 60_000 },
  bulkhead: { maxInFlight: 20_000, maxWaiting: 20_000 },
  connection: { silenceMs: 60_000 },
};

/** How long a guard gets to have done with a storm; what it tries again later does not count. */
const PATIENCE_MS = 2_000;

answer<StormTask, number>(async ({ variant, port, failing, pid }, ready) => {
  const subject = await variantNamed(variant).open(port, { options: ROOMY });
  ready();
  await busySecond(subject);
  process.kill(pid, 'SIGSTOP');
  const settled = Promise.allSettled(Array.from({ length: failing }, () => subject.incr('key')));
  // Until everything is written.
  await sleep(200);
  const stalls = new Stalls();
  process.kill(pid, 'SIGKILL');
  await Promise.race([settled, sleep(PATIENCE_MS)]);
  // A block is noted when the clock is looked at again.
  await sleep(10);
  stalls.stop();
  return stalls.longestMsSince(-Infinity);
});

async function busySecond(subject: Subject): Promise<void> {
  const until = performance.now() + 1_000;
  const caller = async () => {
    while (performance.now() < until) await subject.incr('key');
  };
  await Promise.all(Array.from({ length: 100 }, caller));
}
