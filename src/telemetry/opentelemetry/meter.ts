import type { Counter, Histogram, Meter, Observable } from './api.ts';
import {
  INSTRUMENTS,
  type CounterName,
  type InstrumentName,
  type ObservedName,
} from './instruments.ts';

/** Bounds of OpenTelemetry's conventions for the duration of database calls. */
const SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

const CALL_DURATION = 'redis.resilience.call.duration';

/** The instruments of one meter, shared by all clients. */
export interface Instruments {
  readonly duration: Histogram;
  readonly counters: Readonly<Record<CounterName, Counter>>;
  readonly observed: Readonly<Record<ObservedName, Observable>>;
}

/** Makes every instrument; a meter that has it already gives it again. */
export function instrumentsOf(meter: Meter): Instruments {
  const counters: Record<string, Counter> = {};
  const observed: Record<string, Observable> = {};
  for (const name of Object.keys(INSTRUMENTS) as InstrumentName[]) {
    const { kind, unit, description } = INSTRUMENTS[name];
    const options = { unit, description };
    switch (kind) {
      case 'counter':
        counters[name] = meter.createCounter(name, options);
        break;
      case 'observed counter':
        observed[name] = meter.createObservableCounter(name, options);
        break;
      case 'observed gauge':
        observed[name] = meter.createObservableGauge(name, options);
        break;
      case 'observed sum':
        observed[name] = meter.createObservableUpDownCounter(name, options);
        break;
      case 'histogram':
        break;
    }
  }
  const { unit, description } = INSTRUMENTS[CALL_DURATION];
  const advice = { explicitBucketBoundaries: SECONDS };
  const duration = meter.createHistogram(CALL_DURATION, { unit, description, advice });
  return { duration, counters, observed } as Instruments;
}
