import { metrics, trace, type Meter, type Tracer } from './telemetry/opentelemetry/api.ts';
import { Metrics } from './telemetry/opentelemetry/metrics.ts';
import { spansOf } from './telemetry/opentelemetry/traces.ts';
import type { Telemetry } from './telemetry/telemetry.ts';

export type { Telemetry } from './telemetry/telemetry.ts';

/** Where metrics and traces go; `false`: nowhere. By default the global providers' own. */
export interface OpenTelemetryOptions {
  readonly meter?: Meter | false;
  readonly tracer?: Tracer | false;
}

const NAME = 'redis-resilience';

/**
 * What the option `telemetry` takes: metrics and traces through `@opentelemetry/api`. To be called when
 * the SDK is started, because a meter from before that stays deaf.
 */
export function openTelemetry({
  meter = metrics.getMeter(NAME),
  tracer = trace.getTracer(NAME),
}: OpenTelemetryOptions = {}): Telemetry {
  const measured = meter === false ? undefined : new Metrics(meter);
  return {
    watch: (name, client) => measured?.watch(name, client),
    startSpan: tracer === false ? undefined : spansOf(tracer),
  };
}
