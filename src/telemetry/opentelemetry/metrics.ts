import type { WatchedClient } from '../telemetry.ts';
import type { BatchObservableResult, Meter } from './api.ts';
import { Family } from './family.ts';
import { instrumentsOf, type Instruments } from './meter.ts';

/** Records what clients state, and has the rest read from them when somebody collects. */
export class Metrics {
  readonly #instruments: Instruments;
  readonly #families = new Map<string, Family>();

  constructor(meter: Meter) {
    this.#instruments = instrumentsOf(meter);
    meter.addBatchObservableCallback((result) => {
      this.#collect(result);
    }, Object.values(this.#instruments.observed));
  }

  watch(name: string, client: WatchedClient): void {
    let family = this.#families.get(name);
    if (!family) {
      family = new Family(name, this.#instruments);
      this.#families.set(name, family);
    }
    family.add(client);
  }

  #collect(result: BatchObservableResult): void {
    for (const family of this.#families.values()) family.collect(result);
  }
}
