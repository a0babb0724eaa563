import { traced } from './tracing.ts';
import { SpanStatusCode } from '@opentelemetry/api';
import { expect } from 'vitest';
import { isOutage, type ResilienceError } from 'redis-resilience';
import type { AnyClient } from '../support/clients.ts';
import { workWithRedis } from './conditions.ts';

workWithRedis<AnyClient>({
  installedAs: '@opentelemetry/instrumentation-redis',
  majors: [4, 5, 6],
  outage: 'a span per attempt, below the span of the caller; none for a call that was refused',
  start: (client) => client,
  async works(client) {
    const spans = await traced(async () => {
      expect(await client.set('text', 'v')).toBe('OK');
      expect(await client.get('text')).toBe('v');
      expect(await client.multi().get('text').del('none').exec()).toEqual(['v', 0]);
      expect(await client.sendCommand(['STRLEN', 'text'])).toBe(1);
      await expect(client.incr('text')).rejects.toThrow('ERR value is not an integer');
    });
    expect(spans.map(({ name, status }) => [name, status.code])).toEqual([
      ['redis-SET', SpanStatusCode.UNSET],
      ['redis-GET', SpanStatusCode.UNSET],
      ['redis-GET', SpanStatusCode.UNSET],
      ['redis-DEL', SpanStatusCode.UNSET],
      ['redis-STRLEN', SpanStatusCode.UNSET],
      ['redis-INCR', SpanStatusCode.ERROR],
    ]);
  },
  async away(client) {
    let attempts = 0;
    const spans = await traced(async () => {
      const error: unknown = await client.get('text').catch((reason: unknown) => reason);
      expect(error).toSatisfy(isOutage);
      ({ attempts } = error as ResilienceError);
    });
    expect(spans.length).toBeLessThanOrEqual(attempts);
  },
});
