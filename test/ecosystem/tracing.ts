import { context, trace, type Span, type SpanContext, type Tracer } from '@opentelemetry/api';
import { RedisInstrumentation } from '@opentelemetry/instrumentation-redis';
import { WinstonInstrumentation } from '@opentelemetry/instrumentation-winston';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type ReadableSpan,
  type SamplingDecision,
} from '@opentelemetry/sdk-trace-node';

/* Import this first: what was loaded before is not instrumented. */
new RedisInstrumentation().enable();
new WinstonInstrumentation({ disableLogSending: true }).enable();

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();

/** Does something within a span of its own, and returns the spans that Redis got directly below it. */
export async function traced(
  work: (parent: Span) => Promise<void>,
  parent: Span = trace.getTracer('test').startSpan('parent'),
): Promise<ReadableSpan[]> {
  await context.with(trace.setSpan(context.active(), parent), () => work(parent));
  parent.end();
  return below(parent.spanContext());
}

/** A tracer that decides the same for every span, whatever came before. */
export function tracerThat(decision: SamplingDecision): Tracer {
  const sampler = { shouldSample: () => ({ decision }), toString: () => 'test' };
  const spanProcessors = [new SimpleSpanProcessor(exporter)];
  return new NodeTracerProvider({ sampler, spanProcessors }).getTracer('test');
}

/** The finished spans of a name. */
export function named(name: string): ReadableSpan[] {
  return exporter.getFinishedSpans().filter((span) => span.name === name);
}

/** The finished spans directly below another. */
export function below({ spanId }: SpanContext): ReadableSpan[] {
  return exporter
    .getFinishedSpans()
    .filter(({ parentSpanContext }) => parentSpanContext?.spanId === spanId);
}
