import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failure, worstExecution, type Failure } from '../../src/failures/failure.ts';
import type { Execution } from '../../src/failures/kinds.ts';
import { AttemptTimeoutLayer } from '../../src/layers/attempt-timeout.ts';
import { DeadlineLayer } from '../../src/layers/deadline.ts';
import { RetryBudget } from '../../src/layers/retry-budget.ts';
import { RetryLayer } from '../../src/layers/retry.ts';
import { harness, loading, lost, timedOut, unsent, wrongType } from '../unit/layers/harness.ts';
import { fails, refuses, replies, type Step } from '../unit/layers/scripted-layer.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

interface Outcome {
  readonly step: Step;
  /** What the attempt leaves open or settles; undefined where it succeeds. */
  readonly execution: Execution | undefined;
  /** Whether a plain overwrite may follow it. */
  readonly byPeer: boolean;
}

const failing = (reason: Failure, afterMs = 0): Outcome => ({
  step: fails(reason, afterMs),
  execution: reason.execution,
  byPeer: reason.endedBy === 'peer',
});

const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.nat(50).map((ms) => ({ step: replies('v', ms), execution: undefined, byPeer: false })),
  fc.nat(50).map((ms) => failing(lost(), ms)),
  fc.nat(50).map((ms) => failing(timedOut(), ms)),
  fc.nat(50).map((ms) => failing(loading(), ms)),
  fc.nat(50).map((ms) => failing(wrongType(), ms)),
  fc.constantFrom<Outcome>(
    { step: 'hang', execution: 'unknown', byPeer: false },
    { step: refuses(unsent()), execution: 'not-sent', byPeer: false },
    {
      step: refuses(failure({ kind: 'circuit-open', execution: 'not-sent', message: 'no' })),
      execution: 'not-sent',
      byPeer: false,
    },
  ),
);

const COMMANDS = { 'GET k': 'read', 'SET k v': 'same-reply', 'INCR k': 'unsafe' } as const;

describe('retry', () => {
  it('is bounded, safe and always at an end, whatever becomes of the attempts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...(Object.keys(COMMANDS) as (keyof typeof COMMANDS)[])),
        fc.array(outcome, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 50, max: 5_000 }),
        async (command, outcomes, maxAttempts, totalMs) => {
          const { run, scripted, outermost, admission } = harness(
            ({ settings, supervisor, hub, counters }) => [
              new DeadlineLayer(),
              new RetryLayer(
                new RetryBudget(settings.retry, 10),
                supervisor.asSupervisor,
                hub,
                counters,
              ),
              new AttemptTimeoutLayer(),
            ],
            { retry: { maxAttempts }, timeout: { totalMs, attemptMs: Math.min(totalMs, 200) } },
          );
          scripted.script(...outcomes.map(({ step }) => step));
          const call = run(command);
          await vi.advanceTimersByTimeAsync(totalMs + 1_000);

          const made = scripted.received.length;
          expect(made).toBeLessThanOrEqual(maxAttempts);
          expect(call.status).not.toBe('pending');
          expect(call.error?.elapsedMs ?? 0).toBeLessThanOrEqual(totalMs + 10);
          expect([scripted.inFlight.size, admission.pending]).toEqual([0, 0]);
          for (const { execution, byPeer } of outcomes.slice(0, made - 1)) {
            if (execution !== 'unknown') continue;
            expect(COMMANDS[command]).not.toBe('unsafe');
            if (COMMANDS[command] === 'same-reply') expect(byPeer).toBe(true);
          }
          if (call.error) {
            const least = outcomes
              .slice(0, made - 1)
              .reduce<Execution>(
                (worst, { execution }) => worstExecution(worst, execution ?? worst),
                'not-sent',
              );
            expect(worstExecution(call.error.execution, least)).toBe(call.error.execution);
          }
          outermost.close();
          // Late answers of the script itself.
          await vi.advanceTimersByTimeAsync(1_000);
          expect(vi.getTimerCount()).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });
});
