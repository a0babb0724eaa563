import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AttemptTimeoutLayer } from '../../src/layers/attempt-timeout.ts';
import { DeadlineLayer } from '../../src/layers/deadline.ts';
import { Deadlines, type Deadline } from '../../src/pipeline/deadlines.ts';
import { harness } from '../unit/layers/harness.ts';
import { replies } from '../unit/layers/scripted-layer.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A timer this late is a sign of a stall; what was due may then be answered this much longer. */
const [STALL_MS, GRACE_MS] = [50, 100];

/** On a fake clock a timer and the turn to read replies take a millisecond each, and what is due in that turn has its own. */
const STEP_MS = 3;

/** The process stands still: the clock runs on, and what became due meanwhile fires at the end. */
const stall = (ms: number) => {
  const { clock } = setTimeout as unknown as { clock: { jump(ms: number): void } };
  // Without a timer there is nothing to jump over.
  if (vi.getTimerCount() > 0) clock.jump(ms);
  else vi.advanceTimersByTime(ms);
};

type State =
  | { readonly is: 'set'; readonly deadline: Deadline<number> | undefined }
  | { readonly is: 'lifted' }
  | { readonly is: 'expired'; readonly lateMs: number };

const step = fc.oneof(
  fc.record({ add: fc.constantFrom(1, 10, 10.5, 100, 1_000, Infinity) }),
  fc.record({ lift: fc.nat(30) }),
  fc.record({ wait: fc.constantFrom(0, 1, 5, 90, 400) }),
  fc.record({ stall: fc.constantFrom(20, 60, 3_000) }),
);

describe('deadlines', () => {
  it('end in time, never twice, and not at once after a stall of the process', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const dueAt: number[] = [];
        const states: State[] = [];
        const deadlines = new Deadlines<number>((item) => {
          expect(states[item]?.is).toBe('set');
          states[item] = { is: 'expired', lateMs: performance.now() - dueAt[item]! };
        });
        /** How late an item may be: all that the process stood still, and the grace after it. */
        const excused: number[] = [];
        let stalledMs = 0;
        for (const next of steps) {
          if ('add' in next) {
            dueAt.push(performance.now() + next.add);
            excused.push(-stalledMs);
            states.push({ is: 'set', deadline: deadlines.add(states.length, next.add) });
          } else if ('lift' in next) {
            const state = states[next.lift];
            if (state?.is !== 'set') continue;
            state.deadline?.lift();
            states[next.lift] = { is: 'lifted' };
          } else if ('wait' in next) {
            await vi.advanceTimersByTimeAsync(next.wait);
          } else {
            const startedAt = performance.now();
            stall(next.stall);
            stalledMs += next.stall;
            for (const [item, state] of states.entries()) {
              if (state.is !== 'expired' || dueAt[item]! <= startedAt) continue;
              expect(state.lateMs).toBeLessThanOrEqual(STALL_MS);
            }
          }
          expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
        }
        await vi.advanceTimersByTimeAsync(5_000);
        for (const [item, state] of states.entries()) {
          expect(state.is).not.toBe(dueAt[item] === Infinity ? 'expired' : 'set');
          if (state.is !== 'expired') continue;
          expect(state.lateMs).toBeGreaterThanOrEqual(0);
          const graceMs = stalledMs > 0 ? GRACE_MS : 0;
          expect(state.lateMs).toBeLessThanOrEqual(excused[item]! + stalledMs + graceMs + STEP_MS);
        }
        expect(vi.getTimerCount()).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('bound every call and every attempt, and let a reply win that came before', async () => {
    const call = fc.record({
      totalMs: fc.constantFrom(50, 200, 1_000),
      attemptMs: fc.constantFrom(20, 200, 5_000),
      /** When the server answers; never, where it does not. */
      repliesAfterMs: fc.constantFrom(0, 10, 100, 500, undefined),
      blocking: fc.boolean(),
      thenMs: fc.constantFrom(0, 0, 1, 30, 250),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 12 }), async (calls) => {
        const { run, scripted, outermost } = harness(() => [
          new DeadlineLayer(),
          new AttemptTimeoutLayer(),
        ]);
        const runs = [];
        for (const { repliesAfterMs, thenMs, ...policy } of calls) {
          scripted.script(repliesAfterMs === undefined ? 'hang' : replies('v', repliesAfterMs));
          runs.push(run('GET k', { policy }));
          await vi.advanceTimersByTimeAsync(thenMs);
        }
        await vi.advanceTimersByTimeAsync(6_000);
        for (const [index, { status, error }] of runs.entries()) {
          const { repliesAfterMs = Infinity, attemptMs, totalMs, blocking } = calls[index]!;
          // A blocking command waits at the server for as long as it says.
          const boundMs = blocking ? attemptMs : Math.min(attemptMs, totalMs);
          expect(status).toBe(repliesAfterMs < boundMs ? 'resolved' : 'rejected');
          if (!error) continue;
          expect(error).toMatchObject({ kind: 'timeout', execution: 'unknown' });
          expect(error.elapsedMs).toBeGreaterThanOrEqual(boundMs);
          expect(error.elapsedMs).toBeLessThanOrEqual(boundMs + STEP_MS);
        }
        expect(scripted.inFlight.size).toBe(0);
        outermost.close();
        expect(vi.getTimerCount()).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});
