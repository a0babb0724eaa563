import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Line, LineListener } from '../../../../src/connection/line.ts';
import { Course } from '../../../../src/connection/sentinel/course.ts';
import { escort } from '../../../../src/connection/sentinel/escort.ts';
import { nothing } from '../client-stand-in.ts';
import { pass } from '../supervised.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Sentinels that say what the test wants. */
class SentinelsStandIn {
  answer: { sentinel: object; master: { host: string; port: number } } | undefined;
  readonly locate = vi.fn(() => Promise.resolve());
  readonly trust = vi.fn();

  name(port: number): void {
    const sentinel = { host: 'sentinel', port: 26_000 };
    this.answer = { sentinel, master: { host: 'server', port } };
  }
}

describe('the course of a sentinel', () => {
  function followed() {
    const sentinels = new SentinelsStandIn();
    const listeners: LineListener[] = [];
    const line = {
      available: undefined as { id: number } | undefined,
      listen: (listener: LineListener) => listeners.push(listener),
      renew: vi.fn(() => Promise.resolve(true)),
    };
    const changed = vi.fn();
    const course = new Course(line as unknown as Line, sentinels as never, 100, changed);
    course.start();
    course.start();
    const connect = (id: number) => {
      line.available = { id };
      for (const listener of listeners) listener.onAvailable?.(line.available as never);
    };
    const ports = () => changed.mock.calls.map(([master]) => (master as { port: number }).port);
    return { sentinels, line, course, connect, ports };
  }

  it('tells of a master that is another one than before, and of no other connection', () => {
    const { sentinels, course, connect, ports } = followed();
    connect(1);
    expect(ports()).toEqual([]);
    sentinels.name(7_001);
    connect(2);
    connect(3);
    expect(ports()).toEqual([7_001]);
    sentinels.name(7_002);
    connect(4);
    expect(ports()).toEqual([7_001, 7_002]);
    course.stop();
  });

  it('is not changed by a connection that is back, whatever the sentinels say meanwhile', async () => {
    const { sentinels, line, course, connect, ports } = followed();
    sentinels.name(7_001);
    connect(1);
    sentinels.name(7_002);
    connect(1);
    expect(ports()).toEqual([7_001]);
    await pass(100);
    expect(line.renew).toHaveBeenCalledOnce();
    course.stop();
  });

  it('is compared once in a while, and only while there is a connection', async () => {
    const { sentinels, line, course, connect } = followed();
    await pass(250);
    expect(sentinels.locate).not.toHaveBeenCalled();
    sentinels.name(7_001);
    connect(1);
    await pass(200);
    expect(sentinels.locate).toHaveBeenCalledTimes(2);
    expect(line.renew).not.toHaveBeenCalled();
    course.stop();
    await pass(500);
    expect(sentinels.locate).toHaveBeenCalledTimes(2);
  });

  it('is kept while the sentinels are away, whatever they said last', async () => {
    const { sentinels, line, course, connect } = followed();
    sentinels.name(7_001);
    connect(1);
    sentinels.name(7_002);
    sentinels.locate.mockRejectedValue(new Error('away'));
    await pass(500);
    expect(line.renew).not.toHaveBeenCalled();
    course.stop();
  });
});

describe('the escort of a connection to the master', () => {
  const client = (role: string) => ({ sendCommand: () => Promise.resolve([role]) }) as never;
  const going = (sentinels: SentinelsStandIn, connecting: Promise<unknown>) => {
    const told = vi.fn();
    escort(client('master'), connecting, sentinels as never, 100).then(
      () => void told('arrived'),
      (reason: unknown) => void told((reason as { message: string }).message),
    );
    return told;
  };

  it('trusts the sentinel that led there, where one did', async () => {
    const sentinels = new SentinelsStandIn();
    const lost = going(sentinels, Promise.resolve());
    await pass(1);
    expect([lost.mock.calls, sentinels.trust.mock.calls]).toEqual([[['arrived']], []]);
    sentinels.name(7_001);
    going(sentinels, Promise.resolve());
    await pass(1);
    expect(sentinels.trust).toHaveBeenCalledWith(sentinels.answer!.sentinel);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits while the sentinels name the same, or are away, and no longer', async () => {
    const sentinels = new SentinelsStandIn();
    sentinels.name(7_001);
    const told = going(sentinels, nothing());
    await pass(250);
    sentinels.name(7_001);
    sentinels.locate.mockRejectedValueOnce(new Error('away'));
    await pass(250);
    expect(told).not.toHaveBeenCalled();
    sentinels.name(7_002);
    await pass(100);
    expect(told.mock.calls).toEqual([['The sentinels name another master']]);
    expect(sentinels.trust).not.toHaveBeenCalled();
  });

  it('waits while nobody has said anything yet', async () => {
    const sentinels = new SentinelsStandIn();
    const told = going(sentinels, nothing());
    await pass(500);
    expect(told).not.toHaveBeenCalled();
    expect(sentinels.locate).toHaveBeenCalledTimes(5);
  });
});
