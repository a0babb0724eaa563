import type { Meter } from '@opentelemetry/api';
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';

/** A meter of the real SDK, and what has been measured with it. */
export interface Measured {
  readonly meter: Meter;
  /** Every series by `name{label=value,...}`, labels in order; of a histogram its count, and its `.sum`. */
  readonly collect: () => Promise<Map<string, number>>;
}

/** Starts the SDK for one test. */
export function measuring(): Measured {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000_000 });
  const provider = new MeterProvider({ readers: [reader] });
  return {
    meter: provider.getMeter('test'),
    async collect() {
      exporter.reset();
      await reader.forceFlush();
      const series = new Map<string, number>();
      for (const { scopeMetrics } of exporter.getMetrics()) {
        for (const { descriptor, dataPointType, dataPoints } of scopeMetrics.flatMap(
          ({ metrics }) => metrics,
        )) {
          for (const { attributes, value } of dataPoints) {
            const labels = Object.entries(attributes)
              .map(([name, text]) => `${name}=${String(text)}`)
              .sort();
            const suffix = `{${labels.join(',')}}`;
            if (dataPointType === DataPointType.HISTOGRAM) {
              const { count, sum } = value as { count: number; sum: number };
              series.set(descriptor.name + suffix, count);
              series.set(`${descriptor.name}.sum${suffix}`, sum);
            } else {
              series.set(descriptor.name + suffix, value as number);
            }
          }
        }
      }
      return series;
    },
  };
}
