export { context, metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
export type {
  Attributes,
  BatchObservableResult,
  Counter,
  Histogram,
  Meter,
  Observable,
  Tracer,
} from '@opentelemetry/api';
