import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CLOSED } from '../../../src/failures/failure.ts';
import { callOf, OutcomeRecorder } from './call-of.ts';
import { nothing } from './client-stand-in.ts';
import { pass, supervised } from './supervised.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

it('has one connection for everything, and says where that leads', async () => {
  const { connections, supervisor, site } = supervised();
  expect([connections.address, connections.current, connections.inFlight]).toEqual([
    'redis://host:6379',
    undefined,
    0,
  ]);
  connections.open();
  await pass(5);
  expect(connections.current).toBe(supervisor.current);
  site.answering = nothing;
  connections.current!.dispatch(callOf('GET k'), new OutcomeRecorder());
  expect(connections.inFlight).toBe(1);
  connections.close(CLOSED, { reset: false });
  expect([site.last.isDestroyed, site.last.socket.wasReset]).toEqual([true, false]);
  expect(connections.current).toBeUndefined();
});

it('has another for each blocking command', async () => {
  const { connections, site } = await supervised().connected();
  const told = { onLost: vi.fn(), onFree: vi.fn() };
  const separate = await connections.separate(told);
  expect([separate.isReady, site.clients.length]).toEqual([true, 2]);
  expect(separate).not.toBe(connections.current);
  site.last.lose();
  expect(told.onLost).toHaveBeenCalledOnce();
  connections.close(CLOSED);
});

it('selects the database on both that was selected last', async () => {
  const { connections, site } = await supervised().connected();
  connections.session.database = 3;
  await connections.separate({ onLost: vi.fn(), onFree: vi.fn() });
  expect(site.last.options.database).toBe(3);
  connections.close(CLOSED);
});

it('selects a database on the present connection that one acknowledged which it replaced', async () => {
  const { connections, supervisor, site } = await supervised().connected();
  const old = connections.current!;
  void supervisor.renew(CLOSED);
  await pass(10);
  expect(connections.current).not.toBe(old);
  connections.session.database = 3;
  connections.selected!(connections.current!);
  expect(site.last.asked).toEqual(['PING']);
  connections.selected!(old);
  expect(site.last.asked).toEqual(['PING', 'SELECT 3']);
  connections.close(CLOSED);
  connections.selected!(old);
  expect(site.last.asked).toHaveLength(2);
});

it('receives messages over the same connection', async () => {
  const { connections, supervisor } = await supervised().connected();
  expect(connections.isSubscribed).toBe(false);
  const subscriber = connections.subscriber('CHANNELS');
  subscriber.subscriptions.add('CHANNELS', 'news', vi.fn());
  expect([connections.isSubscribed, subscriber.current]).toEqual([true, supervisor.current]);
  expect(connections.subscriber('PATTERNS')).toBe(subscriber);
  connections.close(CLOSED);
});

it('lets its user say whether it keeps the process alive', async () => {
  const { connections, site } = await supervised().connected();
  connections.reference!(false);
  connections.reference!(true);
  expect(site.last.calls).toEqual(['unref', 'ref']);
  connections.close(CLOSED);
});
