import { createClient } from 'redis-6';
import {
  isOutage,
  NotFoundError,
  resilient,
  UnavailableError,
  type ResilienceError,
  type FailureSummary,
  type ResilienceEvent,
  type UnavailableReason,
} from 'redis-resilience';
import { expectTypeOf } from 'vitest';

const redis = resilient(createClient(), {
  name: 'cache',
  preset: 'cache',
  timeout: { attemptMs: 100 },
  retry: false,
  commands: { INCR: { replay: 'never' } },
  fallback: (error) => {
    expectTypeOf(error).toEqualTypeOf<ResilienceError>();
    return null;
  },
  credentials: () => Promise.resolve({ username: 'app', password: 'p' }),
  logger: false,
});

// @ts-expect-error it is no client
resilient({});
// @ts-expect-error there is no such option
resilient(createClient(), { retries: 3 });
// @ts-expect-error there is no such field
resilient(createClient(), { retry: { jitter: true } });
// @ts-expect-error there is no such preset
resilient(createClient(), { preset: 'fast' });
// @ts-expect-error connections cannot be switched off
resilient(createClient(), { connection: false });
// @ts-expect-error a view shares the circuit of its client
redis.resilience.with({ breaker: false });

// A listener is told exactly what its event carries.
const stop = redis.resilience.on('circuit.opened', (event) => {
  expectTypeOf(event.type).toEqualTypeOf<'circuit.opened'>();
  expectTypeOf(event.cause).toEqualTypeOf<string>();
  expectTypeOf(event.failure).toEqualTypeOf<FailureSummary | undefined>();
  expectTypeOf(event.client).toEqualTypeOf<string>();
  // @ts-expect-error that belongs to another event
  expectTypeOf(event.openMs).toEqualTypeOf<number>();
});
expectTypeOf(stop).toEqualTypeOf<() => void>();
redis.resilience.on('circuit.closed', ({ openMs }) => {
  expectTypeOf(openMs).toEqualTypeOf<number>();
});
redis.resilience.on('*', (event) => {
  expectTypeOf(event).toEqualTypeOf<ResilienceEvent>();
  if (event.type === 'attempt.retried') expectTypeOf(event.delayMs).toEqualTypeOf<number>();
});
// @ts-expect-error there is no such event
redis.resilience.on('circuit.exploded', () => undefined);

redis.resilience.mode = 'off';
// @ts-expect-error there is no such mode
redis.resilience.mode = 'on';
// @ts-expect-error the circuit decides
redis.resilience.state = 'closed';

expectTypeOf(redis.resilience.health({ deadlineMs: 5 })).resolves.toHaveProperty('latencyMs');
expectTypeOf(redis.resilience.shutdown({ drainMs: 5 })).resolves.toBeVoid();
expectTypeOf(redis.resilience.stats().calls.byKind.timeout).toEqualTypeOf<number | undefined>();

/** Errors are told apart by class, and the classes say what they carry. */
export function tell(error: unknown): string | number | undefined {
  if (error instanceof UnavailableError) {
    expectTypeOf(error.reason).toEqualTypeOf<UnavailableReason>();
    return error.reason;
  }
  if (error instanceof NotFoundError) return error.command;
  if (isOutage(error)) {
    expectTypeOf(error).toEqualTypeOf<ResilienceError>();
    return error.attempts;
  }
  return undefined;
}
