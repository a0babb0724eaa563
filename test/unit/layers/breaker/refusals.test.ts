import { describe, expect, it } from 'vitest';
import { toError } from '../../../../src/failures/to-error.ts';
import { Refusals } from '../../../../src/layers/breaker/refusals.ts';
import { callOf } from '../../connection/call-of.ts';
import { loading, timedOut } from '../harness.ts';

describe('a refusal', () => {
  it.each([true, false])('shows where its cause came from only if asked to: %s', (stackTraces) => {
    const { cause } = new Refusals(stackTraces).of(callOf('GET k'), 'open', timedOut(), 100);
    expect((cause as Error).stack?.includes('\n    at ')).toBe(stackTraces);
  });

  it('leaves the reply that opened the circuit to the call that got it', () => {
    const reply = new Error('MASTERDOWN no');
    const opening = { ...loading(), reply, replyCode: 'MASTERDOWN' };
    const got = toError(opening, { command: 'GET', attempts: 1, elapsedMs: 2 });
    const { cause } = new Refusals(false).of(callOf('SET k v'), 'open', opening, 100);
    expect(got).toBe(reply);
    expect(got).toMatchObject({ command: 'GET', attempts: 1, elapsedMs: 2 });
    expect(cause).toMatchObject({ kind: 'unavailable', reason: 'loading', cause: reply });
  });
});
