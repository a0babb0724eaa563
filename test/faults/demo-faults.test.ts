import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BRISK, connected, proxy, server } from '../integration/wrapped.ts';
import { majors } from '../support/clients.ts';
import { Workload } from '../support/workload.ts';
import { FAULTS } from './named-faults.ts';

const FAULT_MS = 3_000;
const TOTAL_MS = 1_500;
/** What a machine with two busy cores may add to a deadline. */
const SLACK_MS = 150;

describe.each(majors)('$name', (version) => {
  it(
    'answers 2,000 calls without a fault, each with its own reply',
    { timeout: 60_000 },
    async (test) => {
      const control = await server(test, { password: 'right' });
      const redis = await connected(test, version, control.port, BRISK, { password: 'right' });
      const workload = new Workload(redis, { ratePerSecond: 1_000, maxCalls: 2_000 });
      await workload.prepare(control);
      workload.start();
      await expect.poll(() => workload.report().issued, { timeout: 20_000 }).toBe(2_000);
      await workload.settle(5_000);
      expect(await workload.audit(control)).toMatchObject({
        answered: 2_000,
        failed: 0,
        pending: 0,
        wrong: 0,
        executedTwice: 0,
        lost: 0,
      });
    },
  );

  it.concurrent.for(FAULTS)('$name', { timeout: 60_000 }, async (fault, test) => {
    // An append-only file synced on every write: what was acknowledged and is gone is our fault.
    const appendOnly = ['--appendonly', 'yes', '--appendfsync', 'always'];
    const control = await server(test, { password: 'right', args: appendOnly });
    const path = await proxy(test, control);
    const redis = await connected(test, version, path.port, BRISK, { password: 'right' });
    const workload = new Workload(redis, { ratePerSecond: 200, maxCalls: 3_000 });
    await workload.prepare(control);
    workload.start();
    await sleep(500);

    const scene = { server: control, proxy: path };
    const begunAt = performance.now();
    await fault.begin(scene);
    await sleep(Math.max(0, FAULT_MS - (performance.now() - begunAt)));
    await fault.end(scene);
    const endedAt = performance.now();
    await sleep(1_500);
    workload.stop();
    await workload.settle(5_000);

    const audit = await workload.audit(control);
    test.expect(audit).toMatchObject({
      pending: 0,
      wrong: 0,
      executedTwice: 0,
      lost: 0,
      ghosts: { denied: 0 },
    });
    test.expect(audit.longestMs).toBeLessThan(TOTAL_MS + SLACK_MS);
    test.expect(audit.firstSuccessAfter(endedAt)).toBeLessThan(fault.recoveryMs);
    if (fault.returnsWithinMs !== undefined) {
      const firstAfterSilence = audit.calls.find(
        ({ startedAt, outcome }) => startedAt > begunAt + 20 && outcome === 'ok',
      );
      expect(firstAfterSilence!.settledAt! - begunAt).toBeLessThan(fault.returnsWithinMs);
    }
  });
});
