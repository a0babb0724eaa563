/* Started by `outage.ts`: one client under an open loop of GETs, and what becomes of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Stalls } from '../support/stalls.ts';
import { answer, type Task } from './apart.ts';
import type { Seen } from './outage.ts';
import { variantNamed } from './subjects.ts';

/** The load. */
export interface OutageTask extends Task {
  readonly ratePerSecond: number;
  readonly forMs: number;
}

/** How long what is still under way at the end may take. */
const PATIENCE_MS = 6_000;
const LOOK_AT_HEAP_MS = 20;

answer<OutageTask, Seen>(async ({ variant, port, ratePerSecond, forMs }, ready) => {
  let logLines = 0;
  const subject = await variantNamed(variant).open(port, {
    options: { connection: { maxDelayMs: 250 } },
    onLine: () => logLines++,
  });
  const seen = { calls: 0, answered: 0, failed: 0, longestCallMs: 0, peakHeapMb: 0 };
  let startedAt = Infinity;
  let backMs: number | undefined;
  process.once('message', (message: { startedAt: number }) => {
    startedAt = message.startedAt;
  });
  const call = () => {
    const issuedAt = performance.now();
    const afterStart = Date.now() >= startedAt;
    const settled = () => {
      seen.longestCallMs = Math.max(seen.longestCallMs, performance.now() - issuedAt);
    };
    seen.calls++;
    subject.get('key').then(
      () => {
        settled();
        seen.answered++;
        if (afterStart) backMs ??= Date.now() - startedAt;
      },
      () => {
        settled();
        seen.failed++;
      },
    );
  };
  const heap = setInterval(() => {
    seen.peakHeapMb = Math.max(seen.peakHeapMb, process.memoryUsage().heapUsed / 1e6);
  }, LOOK_AT_HEAP_MS);
  const stalls = new Stalls();
  ready();
  const begunAt = performance.now();
  for (let elapsedMs = 0; elapsedMs < forMs; elapsedMs = performance.now() - begunAt) {
    // An open loop: what a block held back is due all the same.
    while (seen.calls < (elapsedMs * ratePerSecond) / 1_000) call();
    await sleep(1);
  }
  const until = performance.now() + PATIENCE_MS;
  const pending = () => seen.calls - seen.answered - seen.failed;
  while (pending() > 0 && performance.now() < until) await sleep(10);
  stalls.stop();
  clearInterval(heap);
  return {
    ...seen,
    pending: pending(),
    longestBlockMs: stalls.longestMsSince(-Infinity),
    backMs,
    logLines,
  };
});
