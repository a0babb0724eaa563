import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ResilienceEvent } from '../../../src/telemetry/events.ts';
import { EventHub } from '../../../src/telemetry/hub.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 });
});

afterEach(() => {
  vi.useRealTimers();
});

const HALF_OPENED = { type: 'circuit.half-opened' } as const;

describe('EventHub', () => {
  it('adds the client and the time, and tells everybody in order', () => {
    const hub = new EventHub('cache');
    const heard: [string, ResilienceEvent][] = [];
    hub.subscribe((event) => heard.push(['a', event]));
    hub.subscribe((event) => heard.push(['b', event]));
    hub.state(HALF_OPENED);
    const event = { type: 'circuit.half-opened', client: 'cache', at: 1_700_000_000_000 };
    expect(heard).toEqual([
      ['a', event],
      ['b', event],
    ]);
  });

  it.each([
    {
      title: 'throws',
      observer: () => {
        throw new Error('mine');
      },
    },
    { title: 'rejects', observer: () => Promise.reject(new Error('mine')) },
  ])('goes on where an observer $title', async ({ observer }) => {
    const hub = new EventHub('cache');
    const heard: string[] = [];
    hub.subscribe(observer);
    hub.subscribe(({ type }) => heard.push(type));
    expect(() => {
      hub.state(HALF_OPENED);
    }).not.toThrow();
    expect(heard).toEqual(['circuit.half-opened']);
    // An unhandled rejection would fail this run.
    await vi.advanceTimersByTimeAsync(0);
  });

  it('tells each only what it wants, and knows what nobody wants', () => {
    const hub = new EventHub('cache');
    const heard: string[] = [];
    expect(hub.wants('call.succeeded')).toBe(false);
    const stop = hub.subscribe(
      ({ type }) => heard.push(type),
      (type) => type === 'circuit.half-opened',
    );
    expect(hub.wants('circuit.half-opened')).toBe(true);
    expect(hub.wants('call.succeeded')).toBe(false);
    hub.state(HALF_OPENED);
    hub.state({ type: 'client.closed' });
    expect(heard).toEqual(['circuit.half-opened']);
    hub.subscribe(() => undefined);
    expect(hub.wants('call.succeeded')).toBe(true);
    stop();
    hub.state(HALF_OPENED);
    expect(heard).toHaveLength(1);
  });

  it('asks now and then whether successes are wanted, and at once whoever comes', () => {
    const hub = new EventHub('cache');
    expect(hub.wantsSuccesses(0)).toBe(false);
    const logger = { level: 'info', asked: 0 };
    hub.subscribe(
      () => undefined,
      () => {
        logger.asked++;
        return logger.level === 'debug';
      },
    );
    for (const now of [0, 20, 49]) expect(hub.wantsSuccesses(now)).toBe(false);
    logger.level = 'debug';
    expect([hub.wantsSuccesses(49), hub.wantsSuccesses(50)]).toEqual([false, true]);
    expect(logger.asked).toBe(2);
    const leave = hub.subscribe(() => undefined);
    logger.level = 'info';
    expect(hub.wantsSuccesses(51)).toBe(true);
    leave();
    expect(hub.wantsSuccesses(51)).toBe(false);
  });

  it('has successes counted without an event, and goes on where a counter throws', () => {
    const hub = new EventHub('cache');
    const facts = { operation: { name: 'GET' }, attempts: 2, startedAt: 0, elapsedMs: 30 };
    const call = Object.assign(new AsyncResource('test'), facts);
    const counted: unknown[] = [];
    hub.onSuccess(() => {
      throw new Error('mine');
    });
    hub.onSuccess((...facts) => counted.push(facts));
    expect(hub.wants('call.succeeded')).toBe(false);
    const heard: ResilienceEvent[] = [];
    hub.succeeded(call);
    hub.subscribe((event) => heard.push(event));
    hub.succeeded(call);
    expect(counted).toEqual([
      ['GET', 2, 30],
      ['GET', 2, 30],
    ]);
    expect(heard).toMatchObject([
      { type: 'call.succeeded', command: 'GET', attempts: 2, durationMs: 30 },
    ]);
  });

  it('states what concerns no single call in the async context of none', () => {
    const hub = new EventHub('cache');
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    hub.subscribe(({ type }) => seen.push([type, storage.getStore()]));
    const call = storage.run('ann', () => new AsyncResource('test'));
    storage.run('bob', () => {
      hub.state({ type: 'circuit.half-opened' });
      hub.at(() => '10.0.0.1:6379').state({ type: 'circuit.half-opened' });
      hub.state({ type: 'listener.failed', event: 'ready' }, call);
    });
    expect(seen).toEqual([
      ['circuit.half-opened', undefined],
      ['circuit.half-opened', undefined],
      ['listener.failed', 'ann'],
    ]);
  });

  it('lets an observer leave while it is told', () => {
    const hub = new EventHub('cache');
    const heard: string[] = [];
    const stop = hub.subscribe(() => {
      heard.push('a');
      stop();
    });
    hub.subscribe(() => heard.push('b'));
    hub.state(HALF_OPENED);
    hub.state(HALF_OPENED);
    expect(heard).toEqual(['a', 'b', 'b']);
  });

  it('says of a part of the client where it is, at the moment', () => {
    const hub = new EventHub('cache');
    const heard: ResilienceEvent[] = [];
    let address = '127.0.0.1:7000';
    const part = hub.at(() => address);
    expect(part.wants('circuit.half-opened')).toBe(false);
    hub.subscribe((event) => heard.push(event));
    expect(part.wants('circuit.half-opened')).toBe(true);
    part.state(HALF_OPENED);
    address = '127.0.0.1:7001';
    part.state(HALF_OPENED);
    hub.state(HALF_OPENED);
    const event = { ...HALF_OPENED, client: 'cache', at: 1_700_000_000_000 };
    expect(heard).toEqual([
      { ...event, address: '127.0.0.1:7000' },
      { ...event, address: '127.0.0.1:7001' },
      event,
    ]);
  });
});
