import { describe, expect, it } from 'vitest';
import { Counters } from '../../../src/telemetry/stats.ts';

describe('Counters', () => {
  it('count failures by kind, and refusals among them', () => {
    const counters = new Counters();
    counters.failed('timeout', false);
    counters.failed('timeout', false);
    counters.failed('circuit-open', true);
    expect(counters.failures).toEqual({ timeout: 2, 'circuit-open': 1 });
    expect(counters.refused).toBe(1);
  });
});
