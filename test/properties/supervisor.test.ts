import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ResilienceEvent } from '../../src/telemetry/events.ts';
import { MAX_DELAY_MS, world, type Happening } from './supervised-world.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** What the events of a connection's life tell; throws where one cannot follow the one before. */
type Told =
  | { readonly is: 'down' }
  | { readonly is: 'up'; readonly id: number }
  | { readonly is: 'two'; readonly old: number; readonly id: number };

function follow(events: readonly ResilienceEvent[]): Told {
  let told: Told = { is: 'down' };
  for (const event of events) {
    const next = after(told, event);
    if (!next) throw new Error(`${event.type} while ${JSON.stringify(told)}`);
    told = next;
  }
  return told;
}

function after(told: Told, event: ResilienceEvent): Told | undefined {
  switch (event.type) {
    case 'connection.ready':
      if (told.is === 'down') return { is: 'up', id: event.connection };
      return told.is === 'up' ? { is: 'two', old: told.id, id: event.connection } : undefined;
    case 'connection.replaced':
      if (told.is !== 'two' || told.old !== event.connection) return undefined;
      return { is: 'up', id: told.id };
    case 'connection.lost':
      return told.is === 'up' && told.id === event.connection ? { is: 'down' } : undefined;
    case 'connection.suspected':
      return told.is === 'up' && told.id === event.connection ? told : undefined;
    case 'client.closed':
      return told.is === 'two' ? undefined : { is: 'down' };
    default:
      return told;
  }
}

const anything = fc.constantFrom<Happening>(...(Object.keys(world().happen) as Happening[]));

/** What the doubts of a supervisor are about, so that one follows the other closely. */
const doubt = fc.constantFrom<Happening>(
  'a call',
  'a renewal',
  'the path dies',
  'the path heals',
  'the connection is lost',
  'the server is well',
);

const step = fc.record({
  name: fc.oneof(anything, doubt, doubt),
  thenMs: fc.constantFrom(0, 5, 5, 40, 170, 400),
});

describe('the supervisor', () => {
  it(
    'keeps one connection at hand, whatever becomes of connections and attempts',
    { timeout: 30_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 20 }), async (steps) => {
          const { site, supervisor, layers, events, calls, happen } = world();
          happen['the user opens']();
          for (const { name, thenMs } of steps) {
            happen[name]();
            await vi.advanceTimersByTimeAsync(thenMs);
            const told = follow(events);
            expect(told.is === 'up' ? told.id : undefined).toBe(supervisor.current?.id);
            expect(supervisor.available?.isReady ?? true).toBe(true);
            expect(site.alive.filter(({ isReady }) => !isReady).length).toBeLessThanOrEqual(1);
            if (!supervisor.isOpen) expect(supervisor.current).toBeUndefined();
          }
          const replacedAt = events.flatMap((one) =>
            one.type === 'connection.replaced' ? [one.at] : [],
          );
          for (const [index, at] of replacedAt.entries()) {
            expect(at - (replacedAt[index - 1] ?? -Infinity)).toBeGreaterThanOrEqual(MAX_DELAY_MS);
          }

          happen['the server is well']();
          happen['the path heals']();
          happen['the user opens']();
          await vi.advanceTimersByTimeAsync(3_000);
          expect(supervisor.available).toBeDefined();
          expect(site.alive).toHaveLength(1);
          expect(calls.every(({ settled }) => settled)).toBe(true);
          happen['the user closes']();
          layers.close();
          expect(site.alive).toHaveLength(0);
          expect(vi.getTimerCount()).toBe(0);
        }),
        { numRuns: 80 },
      );
    },
  );
});
