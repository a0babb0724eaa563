import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Carrier } from '../../../../src/connection/line.ts';
import { probe } from '../../../../src/layers/breaker/probe.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const carrier = (answer: Promise<unknown>) => ({ ask: () => answer }) as unknown as Carrier;

describe('a sign of life', () => {
  it('is waited for as long as it was given, and may come later with nobody to tell', async () => {
    const answer = new Promise((resolve) => setTimeout(resolve, 300, 'PONG'));
    const asked = probe(carrier(answer), { boundMs: 200 });
    await vi.advanceTimersByTimeAsync(200);
    await expect(asked).resolves.toMatchObject({
      kind: 'timeout',
      message: 'No answer to a PING within 200 ms',
    });
    await vi.advanceTimersByTimeAsync(100);
    await expect(answer).resolves.toBe('PONG');
  });

  it('leaves no timer once it came', async () => {
    await expect(probe(carrier(Promise.resolve('PONG')))).resolves.toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });
});
