import type { CircuitState } from '../../telemetry/events.ts';
import type { BreakerLayer, CircuitStats } from './breaker.ts';

const WORST_FIRST: readonly CircuitState[] = ['open', 'half-open', 'closed'];

/** The circuits of one client: one, or in a cluster one per shard and one for what no shard answers alone. */
export class Circuits {
  readonly #breakers = new Set<BreakerLayer>();
  #isolated = false;

  /** The worst state of any; `closed` where the breaker is off. */
  get state(): CircuitState {
    const states = new Set([...this.#breakers].map(({ state }) => state));
    return WORST_FIRST.find((state) => states.has(state)) ?? 'closed';
  }

  get stats(): CircuitStats[] {
    return [...this.#breakers].map(({ stats }) => stats);
  }

  add(breaker: BreakerLayer): void {
    this.#breakers.add(breaker);
    if (this.#isolated) breaker.isolate();
  }

  remove(breaker: BreakerLayer): void {
    this.#breakers.delete(breaker);
  }

  /** Holds them open by hand, those of shards that come later included. */
  isolate(): void {
    this.#isolated = true;
    for (const breaker of this.#breakers) breaker.isolate();
  }

  restore(): void {
    this.#isolated = false;
    for (const breaker of this.#breakers) breaker.restore();
  }
}
