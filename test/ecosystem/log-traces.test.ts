import { traced } from './tracing.ts';
import type { Span } from '@opentelemetry/api';
import { expect, it } from 'vitest';
import { connected, server } from '../integration/wrapped.ts';
import { majors } from '../support/clients.ts';
import { eventOf, jsonLog, type JsonLine } from '../support/json-log.ts';

/** The lines that carry the ids of a span, by event and command. */
function linesOf(span: Span, lines: readonly JsonLine[]): string[] {
  const { traceId, spanId } = span.spanContext();
  return lines
    .filter((line) => line['trace_id'] === traceId && line['span_id'] === spanId)
    .map((line) => `${eventOf(line)} ${String(line['db.operation.name'])}`);
}

/** Calls within a span of its own, whatever becomes of the call. */
async function spanOf(call: () => Promise<unknown>): Promise<Span> {
  let own: Span | undefined;
  await traced(async (span) => {
    own = span;
    await call().catch(() => undefined);
  });
  return own!;
}

it.for(majors)(
  'a line carries the ids of the span whose call it is about: $name',
  async (version, test) => {
    const control = await server(test);
    const { logger, lines } = jsonLog('debug');
    const redis = await connected(test, version, control.port, {
      logger,
      logLevels: { 'call.failed': 'debug' },
      timeout: { attemptMs: 200, totalMs: 1_000 },
      retry: { maxAttempts: 2 },
      connection: { silenceMs: 5_000 },
    });
    const answered = await spanOf(() => redis.set('text', 'v'));
    const rejected = await spanOf(() => redis.incr('text'));
    await control.freeze();
    // All three end on one timer, which the first of them has set.
    const late = await Promise.all([
      spanOf(() => redis.get('text')),
      spanOf(() => redis.set('text', 'w')),
      spanOf(() => redis.incr('n')),
    ]);
    control.thaw();
    await redis.resilience.shutdown();

    expect(linesOf(answered, lines)).toEqual(['call.succeeded SET']);
    expect(linesOf(rejected, lines)).toEqual(['attempt.failed INCR', 'call.failed INCR']);
    expect(late.map((span) => linesOf(span, lines))).toEqual([
      ['attempt.failed GET', 'attempt.retried GET', 'attempt.failed GET', 'call.failed GET'],
      ['attempt.failed SET', 'call.failed SET'],
      ['attempt.failed INCR', 'call.failed INCR'],
    ]);
    const others = lines.filter((line) => /^(summary|client)/.test(eventOf(line)));
    expect(others.map((line) => [eventOf(line), line['trace_id']])).toEqual([
      ['summary', undefined],
      ['client.closed', undefined],
    ]);
  },
);
