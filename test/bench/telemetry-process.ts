/* Started by `telemetry.ts`: one client that is watched in one way, within the trace of a request. */
import { context, SpanKind, trace, type Tracer } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  NodeTracerProvider,
} from '@opentelemetry/sdk-trace-node';
import type { ResilienceOptions } from 'redis-resilience';
import { openTelemetry } from 'redis-resilience/opentelemetry';
import { majors } from '../support/clients.ts';
import { callsPerSlice, slice } from './hot-path.ts';
import { wrappedClient } from './subjects.ts';
import type { Watch, Watched } from './telemetry.ts';

/** How a client is watched, and where. */
export interface TelemetryTask extends Watched {
  readonly port: number;
}

type Get = () => Promise<unknown>;

/** The options of the client, and what is around each call. */
const WAYS: Readonly<
  Record<Watch, (tracer: Tracer) => { options?: ResilienceOptions; around?: (get: Get) => Get }>
> = {
  nothing: () => ({}),
  metrics: () => {
    const meter = new MeterProvider().getMeter('bench');
    return { options: { telemetry: openTelemetry({ meter, tracer: false }) } };
  },
  traces: (tracer) => ({ options: { telemetry: openTelemetry({ meter: false, tracer }) } }),
  'a span by hand': (tracer) => ({
    around: (get) => () => {
      const attributes = { 'db.system.name': 'redis', 'db.operation.name': 'GET' };
      const options = { kind: SpanKind.INTERNAL, attributes };
      return tracer.startActiveSpan('GET', options, async (span) => {
        try {
          return await get();
        } finally {
          span.end();
        }
      });
    },
  }),
};

const IN_FLIGHT = 100;

const [version] = majors;
if (!version) throw new Error('There is no redis 4');
const { by, isSampled, port } = JSON.parse(process.argv[2] ?? '') as TelemetryTask;
const sampler = isSampled ? new AlwaysOnSampler() : new AlwaysOffSampler();
const provider = new NodeTracerProvider({ sampler });
provider.register();
const tracer = provider.getTracer('bench');
const { options, around } = WAYS[by](tracer);
const redis = await wrappedClient(version, port, options);
const get: Get = () => redis.get('key');
const watched = around?.(get) ?? get;

/** As a request's handler calls: within its trace. */
const request = trace.setSpan(context.active(), tracer.startSpan('request'));
const calls = await context.with(request, () => callsPerSlice(watched, IN_FLIGHT));
process.on('message', () => {
  void context
    .with(request, () => slice(watched, IN_FLIGHT, calls))
    .then(({ cpuUs }) => process.send?.(cpuUs));
});
process.send?.(0);
