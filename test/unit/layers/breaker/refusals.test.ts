import { describe, expect, it } from 'vitest';
import { Refusals } from '../../../../src/layers/breaker/refusals.ts';
import { callOf } from '../../connection/call-of.ts';
import { timedOut } from '../harness.ts';

describe('a refusal', () => {
  it.each([true, false])('shows where its cause came from only if asked to: %s', (stackTraces) => {
    const { cause } = new Refusals(stackTraces).of(callOf('GET k'), 'open', timedOut(), 100);
    expect((cause as Error).stack?.includes('\n    at ')).toBe(stackTraces);
  });
});
