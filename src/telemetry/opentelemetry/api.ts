export { context, metrics, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
export type {
  Attributes,
  BatchObservableResult,
  Context,
  Counter,
  Histogram,
  Meter,
  Observable,
  Span,
  Tracer,
} from '@opentelemetry/api';
