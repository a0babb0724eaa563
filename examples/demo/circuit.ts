import type { CircuitState, ResilienceEvent } from 'redis-resilience';
import type { SubjectProcess } from '../../test/support/subject-process.ts';

/** A time during which a circuit kept its state, in times of `performance.now()`. */
export interface CircuitSpan {
  readonly state: CircuitState;
  readonly from: number;
  readonly until: number;
}

const states: Partial<Record<ResilienceEvent['type'], CircuitState>> = {
  'circuit.opened': 'open',
  'circuit.half-opened': 'half-open',
  'circuit.probe-failed': 'open',
  'circuit.closed': 'closed',
};

/** What a client told of its circuit; of one without a circuit, that it is closed all the time. */
export class CircuitHistory {
  /** Called after each event of the circuit. */
  onEvent: (event: ResilienceEvent) => void = () => undefined;
  readonly #changes: { readonly state: CircuitState; readonly at: number }[] = [];

  constructor(subject: Pick<SubjectProcess, 'onEvent'>) {
    subject.onEvent = (event) => {
      const state = states[event.type];
      if (state) this.#changes.push({ state, at: performance.now() });
      this.onEvent(event);
    };
  }

  get state(): CircuitState {
    return this.#changes.at(-1)?.state ?? 'closed';
  }

  /** The states between two times, in order and without a gap. */
  spans(from: number, until: number): CircuitSpan[] {
    const changes = [{ state: 'closed' as const, at: -Infinity }, ...this.#changes];
    return changes
      .map(({ state, at }, index) => ({
        state,
        from: Math.max(at, from),
        until: Math.min(changes[index + 1]?.at ?? Infinity, until),
      }))
      .filter((span) => span.from < span.until);
  }
}
