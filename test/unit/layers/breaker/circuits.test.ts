import { describe, expect, it } from 'vitest';
import type { BreakerLayer } from '../../../../src/layers/breaker/breaker.ts';
import { Circuits } from '../../../../src/layers/breaker/circuits.ts';
import type { CircuitState } from '../../../../src/telemetry/events.ts';

/** A circuit as far as the others' company looks at it. */
class CircuitStandIn {
  state: CircuitState;
  isolated = false;

  constructor(state: CircuitState = 'closed') {
    this.state = state;
  }

  get stats() {
    return { state: this.state };
  }

  isolate(): void {
    this.isolated = true;
  }

  restore(): void {
    this.isolated = false;
  }

  get asBreaker(): BreakerLayer {
    return this as unknown as BreakerLayer;
  }
}

function circuitsOf(...states: CircuitState[]) {
  const circuits = new Circuits();
  const each = states.map((state) => new CircuitStandIn(state));
  for (const one of each) circuits.add(one.asBreaker);
  return { circuits, each };
}

describe('Circuits', () => {
  it.each<{ states: CircuitState[]; worst: CircuitState }>([
    { states: [], worst: 'closed' },
    { states: ['closed', 'closed'], worst: 'closed' },
    { states: ['closed', 'half-open', 'closed'], worst: 'half-open' },
    { states: ['half-open', 'open'], worst: 'open' },
    { states: ['open', 'closed'], worst: 'open' },
  ])('are $worst where they are $states', ({ states, worst }) => {
    expect(circuitsOf(...states).circuits.state).toBe(worst);
  });

  it('forget one that is gone', () => {
    const { circuits, each } = circuitsOf('closed', 'open');
    circuits.remove(each[1]!.asBreaker);
    expect(circuits.state).toBe('closed');
    expect(circuits.stats).toEqual([{ state: 'closed' }]);
  });

  it('are isolated together, those that come later included, until they are restored', () => {
    const { circuits, each } = circuitsOf('closed', 'open');
    const later = new CircuitStandIn();
    circuits.isolate();
    circuits.add(later.asBreaker);
    expect([...each, later].map(({ isolated }) => isolated)).toEqual([true, true, true]);
    circuits.restore();
    const afterwards = new CircuitStandIn();
    circuits.add(afterwards.asBreaker);
    expect([...each, later, afterwards].some(({ isolated }) => isolated)).toBe(false);
  });
});
