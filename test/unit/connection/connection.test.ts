import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { asFailure, Connection, NOT_NEEDED } from '../../../src/connection/connection.ts';
import { freshClient } from '../../../src/connection/template.ts';
import { failure, type Failure } from '../../../src/failures/failure.ts';
import { collectGarbage } from '../../support/collect-garbage.ts';
import { callOf, OutcomeRecorder, pending } from './call-of.ts';
import { ErrorReply, nothing, Site } from './client-stand-in.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const ENOUGH = failure({ kind: 'closed', execution: 'not-sent', message: 'enough' });

/** A connection that is not open yet, and what it told. */
function made(options: object = { socket: { host: 'host' } }) {
  const site = new Site();
  const plan = { database: undefined, credentials: undefined, connectMs: 100 };
  const fresh = freshClient(site.template(options), plan);
  const told: string[] = [];
  const lost: Failure[] = [];
  let delivers = true;
  const connection = new Connection(fresh, {
    onLost: (_connection, reason) => {
      lost.push(reason);
      told.push('lost');
    },
    onFree: () => told.push('free'),
    delivers: () => delivers,
    onListenerFailed: (error) => told.push(`listener failed: ${String(error)}`),
    onEvent: (event, ...args) => told.push([event, ...args].join(' ')),
  });
  const mute = () => (delivers = false);
  return { site, client: site.last, connection, told, lost, mute, outcome: new OutcomeRecorder() };
}

async function ready(options?: object) {
  const all = made(options);
  await all.connection.open(100);
  return all;
}

describe('a connection that is made', () => {
  it('is ready once the server has answered on it', async () => {
    const { connection, client } = made();
    expect(connection.isReady).toBe(false);
    await connection.open(100);
    expect(connection.isReady).toBe(true);
    expect(client.asked).toEqual(['PING']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each(['NOPERM no PING', 'LOADING wait', 'ERR what'])(
    'takes %s for an answer',
    async (says) => {
      const { connection, site } = made();
      site.answering = () => Promise.reject(new ErrorReply(says));
      await connection.open(100);
      expect(connection.isReady).toBe(true);
    },
  );

  it.each([
    { title: 'the handshake', connecting: new ErrorReply('NOAUTH no'), kind: 'auth' },
    { title: 'the first question', answering: new ErrorReply('NOAUTH no'), kind: 'auth' },
    { title: 'its socket', connecting: Object.assign(new Error(), { code: 'ECONNREFUSED' }) },
    { title: 'its socket on the way', answering: new Error('Socket closed unexpectedly') },
  ])(
    'fails with $title, says where, and is dropped',
    async ({ connecting, answering, kind = 'transport' }) => {
      const { connection, client, site, told } = made();
      if (connecting) site.connecting = () => Promise.reject(connecting);
      if (answering) site.answering = () => Promise.reject(answering);
      await expect(connection.open(100)).rejects.toMatchObject({
        kind,
        address: 'redis://host:6379',
      });
      expect([client.isDestroyed, connection.isReady]).toEqual([true, false]);
      expect(told).toEqual([]);
    },
  );

  it('is not waited for longer than it may take', async () => {
    const { connection, client, site } = made();
    site.connecting = nothing;
    const opening = connection.open(100).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(100);
    await expect(opening).resolves.toMatchObject({
      kind: 'transport',
      execution: 'not-sent',
      message: 'No connection within 100 ms',
    });
    expect(client.isDestroyed).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fails with what the client said before it gave up', async () => {
    const { connection, client, site, told } = made();
    site.connecting = () => {
      client.lose(new ErrorReply('WRONGPASS no'));
      return Promise.resolve();
    };
    await expect(connection.open(100)).rejects.toMatchObject({ kind: 'auth' });
    // Nobody had it, so nobody lost it.
    expect(told).toEqual([]);
  });

  it('has a number greater than those before it', () => {
    const { id } = made().connection;
    expect(made().connection.id).toBeGreaterThan(id);
  });
});

describe('a connection that is ready', () => {
  it('hands calls to its client, and tells of each free place', async () => {
    const { connection, client, told, outcome } = await ready();
    connection.dispatch(callOf('GET k'), outcome);
    expect(connection.inFlight).toBe(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(outcome.told).toEqual(['GET dispatched', 'GET: PONG']);
    expect(client.asked).toEqual(['PING', 'GET k']);
    expect([connection.inFlight, connection.replies, told]).toEqual([0, 2, ['free']]);
  });

  it('notes what a call changes of it only once the server has done it', async () => {
    const { connection, site, outcome } = await ready();
    const changed: unknown[] = [];
    const afterwards = (target: unknown, args: readonly unknown[]) => changed.push(target, args);
    site.answering = () => Promise.reject(new ErrorReply('ERR no'));
    connection.dispatch(callOf('SELECT 3', { afterwards }), outcome);
    await vi.advanceTimersByTimeAsync(0);
    expect(changed).toEqual([]);
    site.answering = () => Promise.resolve('OK');
    connection.dispatch(callOf('SELECT 3', { afterwards }), outcome);
    await vi.advanceTimersByTimeAsync(0);
    expect(changed).toEqual([connection, ['3']]);
  });

  it('shows life by bytes, where its socket can be had', async () => {
    const { connection, client } = await ready();
    client.socket.bytesRead = 17;
    expect([connection.progress, connection.replies]).toEqual([17, 1]);
  });

  it('shows life by replies where it has none, and cannot be reset', async () => {
    const all = made();
    all.site.hasSockets = false;
    await all.connection.open(100);
    expect(all.connection.progress).toBe(1);
    all.connection.drop(ENOUGH);
    expect(all.client.isDestroyed).toBe(true);
  });

  it.each([
    { title: 'a lost socket', error: new Error('Socket closed unexpectedly'), endedBy: 'peer' },
    { title: 'bytes that are no reply', error: new Error('unknown RESP type'), endedBy: 'us' },
    { title: 'an error of no class', error: new Error('odd'), endedBy: 'us' },
    { title: 'a reply that nobody asked for', error: new ErrorReply('ERR no'), endedBy: 'us' },
  ])('is lost once with $title, and says so to everything in flight', async (row) => {
    const { connection, client, site, told, lost, outcome } = await ready();
    site.answering = nothing;
    connection.dispatch(callOf('GET k'), outcome);
    client.lose(row.error);
    client.lose(row.error);
    expect(lost).toMatchObject([{ kind: 'transport', execution: 'unknown', cause: row.error }]);
    expect([lost[0]?.endedBy, told]).toEqual([row.endedBy, ['lost']]);
    expect(outcome.failures).toEqual(lost);
    expect(client.isDestroyed).toBe(true);
  });

  it('is lost as soon as the peer says that it will send nothing more', async () => {
    const { client, lost } = await ready();
    client.socket.emit('end');
    expect(lost).toMatchObject([{ kind: 'transport', endedBy: 'peer' }]);
    expect(client.isDestroyed).toBe(true);
  });

  it('passes on what else its client emits for users', async () => {
    const { client, told } = await ready();
    client.emit('invalidate', 'key');
    client.emit('sharded-channel-moved', 'channel', 'listeners');
    client.emit('reconnecting');
    expect(told).toEqual(['invalidate key', 'sharded-channel-moved channel listeners']);
  });

  it('tells when a listener throws, and lets nothing of it through to the client', async () => {
    const { connection, told } = await ready();
    const gated = connection.gate(() => {
      throw new Error('a mistake');
    });
    expect(gated('message', 'channel')).toBeUndefined();
    expect(told).toEqual(['listener failed: Error: a mistake']);
  });

  it('lets messages through only while it is the one that delivers', async () => {
    const { connection, mute } = await ready();
    const listener = vi.fn(() => 'seen');
    const gated = connection.gate(listener);
    expect(connection.gate(listener)).toBe(gated);
    expect(gated('message', 'channel')).toBe('seen');
    expect(listener).toHaveBeenCalledWith('message', 'channel');
    mute();
    expect(gated('again', 'channel')).toBeUndefined();
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('keeps no listener that nobody else has any more', async () => {
    vi.useRealTimers();
    const { connection } = await ready();
    const kept = vi.fn();
    const gated = connection.gate(kept);
    const forgotten = (() => {
      const listener = () => undefined;
      connection.gate(listener);
      return new WeakRef(listener);
    })();
    await collectGarbage();
    expect(forgotten.deref()).toBeUndefined();
    expect(connection.gate(kept)).toBe(gated);
  });

  it('keeps the process alive, or does not', async () => {
    const { connection, client } = await ready();
    connection.unref();
    connection.ref();
    expect(client.calls).toEqual(['unref', 'ref']);
  });
});

describe('a connection that is dropped', () => {
  it('is reset, so that nothing it was given is sent after all, and loses nothing by that', async () => {
    const { connection, client, site, told, outcome } = await ready();
    site.answering = nothing;
    connection.dispatch(callOf('GET k'), outcome);
    const destroy = vi.spyOn(client, 'destroy');
    connection.drop(ENOUGH);
    connection.drop(NOT_NEEDED);
    expect(destroy).toHaveBeenCalledOnce();
    expect(outcome.failures).toEqual([ENOUGH]);
    expect([client.socket.wasReset, client.isDestroyed, connection.isReady, told]).toEqual([
      true,
      true,
      false,
      [],
    ]);
  });

  it.each([
    { title: 'where it is well', options: undefined, reset: false },
    { title: 'over a Unix socket', options: { socket: { path: '/redis.sock' } }, reset: true },
  ])('is not reset $title', async ({ options, reset }) => {
    const { connection, client } = await ready(options);
    connection.drop(ENOUGH, { reset });
    expect([client.socket.wasReset, client.isDestroyed]).toEqual([false, true]);
  });

  it('fails to open with the reason for that, whatever the client says then', async () => {
    const { connection, client, site } = made();
    site.connecting = nothing;
    const opening = connection.open(100).catch((error: unknown) => error);
    connection.drop(ENOUGH);
    client.lose();
    await vi.advanceTimersByTimeAsync(100);
    await expect(opening).resolves.toMatchObject({ message: 'enough' });
  });
});

describe('a connection that retires', () => {
  it('ends at once where nothing is in flight', async () => {
    const { connection, client } = await ready();
    connection.retire(ENOUGH, 500);
    expect([client.isDestroyed, client.socket.wasReset]).toEqual([true, false]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends with the last reply, and no sooner', async () => {
    const { connection, client, site, outcome } = await ready();
    const replies = [pending(), pending()];
    site.answering = ([name]) => replies[name === 'GET' ? 0 : 1]!.promise;
    connection.dispatch(callOf('GET k'), outcome);
    connection.dispatch(callOf('SET k v'), outcome);
    connection.retire(ENOUGH, 500);
    replies[0]!.resolve('v');
    await vi.advanceTimersByTimeAsync(0);
    expect(client.isDestroyed).toBe(false);
    replies[1]!.resolve('OK');
    await vi.advanceTimersByTimeAsync(0);
    expect([client.isDestroyed, client.socket.wasReset]).toEqual([true, false]);
    expect(outcome.told.slice(2)).toEqual(['GET: v', 'SET: OK']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('waits for that as long as it was given, and tells those who still wait', async () => {
    const { connection, client, site, outcome } = await ready();
    site.answering = nothing;
    connection.dispatch(callOf('GET k'), outcome);
    connection.retire(ENOUGH, 500);
    await vi.advanceTimersByTimeAsync(499);
    expect(client.isDestroyed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect([client.isDestroyed, client.socket.wasReset]).toEqual([true, true]);
    expect(outcome.failures).toEqual([ENOUGH]);
  });
});

it.each([null, 'text', new Error('odd'), 7])('takes %s, which is no failure, for one', (thrown) => {
  expect(asFailure(thrown)).toMatchObject({ kind: 'unknown', execution: 'not-sent' });
  expect(asFailure(ENOUGH)).toBe(ENOUGH);
});
