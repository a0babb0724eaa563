import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { proxy, server } from '../integration/wrapped.ts';
import { majors } from '../support/clients.ts';
import { SubjectProcess } from '../support/subject-process.ts';
import { auditCalls, presetKeys } from '../support/workload-audit.ts';
import { reportOn } from '../support/workload-report.ts';

const LOAD = { ratePerSecond: 200, maxCalls: 4_000 };
const PASSWORD = 'secret';
/** Keeps some calls in flight at any moment. */
const LATENCY_MS = 20;
/** What is longer than every deadline of an attempt. */
const FROZEN_MS = 3_000;
const STALLED_MS = 1_000;

describe('a process that is kept from its sockets while the server is well', () => {
  it.concurrent.for(majors)(
    'answers what was in flight with $name, and blames nobody',
    { timeout: 60_000 },
    async ({ major }, { expect, onTestFinished }) => {
      const control = await server({ onTestFinished }, { password: PASSWORD });
      const path = await proxy({ onTestFinished }, control);
      const events: string[] = [];
      const place = { type: 'connect', client: 'wrapped', major, port: path.port } as const;
      const client = new SubjectProcess({
        ...place,
        password: PASSWORD,
        owner: 'subject',
        ...LOAD,
      });
      client.onEvent = ({ type }) => events.push(type);
      onTestFinished(() => {
        client.kill();
      });
      await client.connected();
      await presetKeys(control, 'subject', LOAD.maxCalls);
      await control.must('CONFIG', 'RESETSTAT');
      path.delay(LATENCY_MS);

      const absences: number[] = [];
      const absent = async (ms: number, act: () => void) => {
        await sleep(500);
        absences.push(performance.now());
        act();
        await sleep(ms);
      };
      client.startTraffic();
      await absent(STALLED_MS, () => {
        client.stall(STALLED_MS);
      });
      await absent(FROZEN_MS, () => {
        client.freeze();
      });
      client.thaw();
      await sleep(500);
      client.stopTraffic();
      // What was issued last is told a little later.
      await sleep(500);
      await expect.poll(() => reportOn(client.calls).pending, { timeout: 10_000 }).toBe(0);

      const { calls, answered, issued, ...audit } = await auditCalls(client.calls, control);
      expect(audit).toMatchObject({ failed: 0, wrong: 0, executedTwice: 0, lost: 0 });
      expect(answered).toBe(issued);
      for (const [index, begunAt] of absences.entries()) {
        const over = calls.filter(
          ({ startedAt, settledAt = Infinity }) =>
            startedAt < begunAt + STALLED_MS &&
            settledAt > begunAt &&
            settledAt - startedAt > STALLED_MS / 2,
        );
        // Without such calls there would have been nothing to end, or to send again.
        expect(over.length, `in flight in absence ${index}`).toBeGreaterThan(0);
      }
      expect(events, 'of the circuit').toEqual([]);
      expect(path.connects, 'nothing was connected anew').toBe(1);
      const stats = await control.info('commandstats');
      for (const kind of ['get', 'set', 'incr'] as const) {
        const executed = Number(/calls=(\d+)/.exec(stats[`cmdstat_${kind}`] ?? '')?.[1]);
        const issued = calls.filter((call) => call.kind === kind).length;
        expect(executed, `${kind}: nothing was sent twice`).toBe(issued);
      }
    },
  );
});
