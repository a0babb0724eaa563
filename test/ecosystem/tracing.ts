import { context, trace, type Span, type SpanContext } from '@opentelemetry/api';
import { RedisInstrumentation } from '@opentelemetry/instrumentation-redis';
import { WinstonInstrumentation } from '@opentelemetry/instrumentation-winston';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-node';

/* Import this first: what was loaded before is not instrumented. */
new RedisInstrumentation().enable();
new WinstonInstrumentation({ disableLogSending: true }).enable();

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();

/** Does something within a span of its own, and returns the spans that Redis got directly below it. */
export async function traced(work: (parent: Span) => Promise<void>): Promise<ReadableSpan[]> {
  const parent = trace.getTracer('test').startSpan('parent');
  await context.with(trace.setSpan(context.active(), parent), () => work(parent));
  parent.end();
  return below(parent.spanContext());
}

/** The finished spans directly below another. */
export function below({ spanId }: SpanContext): ReadableSpan[] {
  return exporter
    .getFinishedSpans()
    .filter(({ parentSpanContext }) => parentSpanContext?.spanId === spanId);
}
