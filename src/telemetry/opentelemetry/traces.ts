import { failureFields } from '../log-fields.ts';
import type { CallSpan, StartSpan } from '../telemetry.ts';
import {
  context,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type Tracer,
} from './api.ts';

/** Begins a span per call; the attempts below it are node-redis's own or its instrumentation's. */
export function spansOf(tracer: Tracer): StartSpan {
  return (client, command) => {
    const active = context.active();
    const parent = trace.getSpan(active);
    if (parent && isLeftOut(parent)) return unrecorded(active);
    const span = tracer.startSpan(
      `redis-resilience ${command}`,
      {
        kind: SpanKind.INTERNAL,
        attributes: {
          'db.system.name': 'redis',
          'db.operation.name': command,
          'redis.client.name': client,
        },
      },
      active,
    );
    return recorded(span, trace.setSpan(active, span));
  };
}

/** Whether a trace was not sampled: nobody would see a span in it, and to begin one would cost as much. */
function isLeftOut(parent: Span): boolean {
  const { traceFlags } = parent.spanContext();
  return (traceFlags & TraceFlags.SAMPLED) === 0 && !parent.isRecording();
}

function recorded(span: Span, inside: Context): CallSpan {
  return {
    within: within(inside),
    happened(event, fields) {
      span.addEvent(`redis.resilience.${event}`, fields);
    },
    end(attempts, failure) {
      span.setAttribute('redis.attempts', attempts);
      if (failure) {
        span.setAttributes(failureFields(failure));
        span.setStatus({ code: SpanStatusCode.ERROR, message: failure.message ?? failure.code });
      }
      span.end();
    },
  };
}

/** Keeps what a timer tries again in the trace that was not sampled: elsewhere it would begin another. */
function unrecorded(inside: Context): CallSpan {
  return { within: within(inside), happened: ignore, end: ignore };
}

const within =
  (inside: Context): CallSpan['within'] =>
  (work) => {
    context.with(inside, work);
  };

function ignore(): void {
  // Nobody would see it.
}
