import { failureFields } from '../log-fields.ts';
import type { StartSpan } from '../telemetry.ts';
import { context, SpanKind, SpanStatusCode, trace, type Tracer } from './api.ts';

/** Begins a span per call; the attempts below it are node-redis's own or its instrumentation's. */
export function spansOf(tracer: Tracer): StartSpan {
  return (client, command) => {
    const span = tracer.startSpan(`redis-resilience ${command}`, {
      kind: SpanKind.INTERNAL,
      attributes: {
        'db.system.name': 'redis',
        'db.operation.name': command,
        'redis.client.name': client,
      },
    });
    const inside = trace.setSpan(context.active(), span);
    return {
      within(work) {
        context.with(inside, work);
      },
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
  };
}
