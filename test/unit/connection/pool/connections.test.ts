import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CLOSED } from '../../../../src/failures/failure.ts';
import { pending } from '../call-of.ts';
import { ErrorReply, nothing } from '../client-stand-in.ts';
import { pass } from '../supervised.ts';
import { PoolStandIn } from './pool-stand-in.ts';
import { open, pooled } from './pooled.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const REFUSED = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

describe('a pool that is opened', () => {
  it('is connected, and then lends', async () => {
    const { connections, line, types, heard } = pooled();
    connections.open();
    connections.open();
    expect([line.isOpen, line.available]).toEqual([true, undefined]);
    await pass(0);
    expect(line.available).toBeDefined();
    expect([types, heard]).toEqual([
      ['connection.ready'],
      ['unavailable: There is no connection yet', 'available'],
    ]);
    // The pool's own; none of ours.
    expect(vi.getTimerCount()).toBe(1);
  });

  it('tells how long that took', async () => {
    const pool = new PoolStandIn();
    pool.connect = () => new Promise((resolve) => setTimeout(resolve, 30));
    const { connections, events } = pooled(pool);
    await pass(100);
    connections.open();
    await pass(40);
    expect(events).toMatchObject([{ type: 'connection.ready', tookMs: 30 }]);
  });

  it('is tried again until it is connected', async () => {
    const pool = new PoolStandIn();
    pool.connect = () => Promise.reject(REFUSED);
    const { line, types, heard } = await open(pool);
    expect(types).toEqual(['connection.failed']);
    expect(heard[1]).toBe(
      'failed: Cannot connect to the server of the pool: connect ECONNREFUSED false',
    );
    pool.connect = () => Promise.resolve();
    await pass(100);
    expect(line.available).toBeDefined();
  });

  it('fails those who wait where the server refuses it', async () => {
    const pool = new PoolStandIn();
    pool.connect = () => Promise.reject(new ErrorReply('WRONGPASS no'));
    const { heard, line } = await open(pool);
    expect(heard.slice(1)).toEqual(['failed: WRONGPASS no true', 'abandoned: WRONGPASS no']);
    expect(line.lastFailure).toMatchObject({ kind: 'auth', address: undefined });
  });

  it('tells what its members tell while there is none, and nothing else', async () => {
    const pool = new PoolStandIn();
    pool.connect = nothing;
    const { heard } = await open(pool);
    pool.emit('error', REFUSED);
    expect(heard).toHaveLength(2);
    const { heard: quiet, pool: lending } = await open();
    lending.emit('error', REFUSED);
    expect(quiet).toHaveLength(2);
  });

  it('takes no credentials of ours', () => {
    expect(() => pooled(new PoolStandIn(), { credentials: () => ({}) })).toThrow(TypeError);
  });
});

describe('a pool that is closed', () => {
  it('tells every call why, those in its own queue included, and ends all members', async () => {
    const { pool, connections, run, outcome, types, heard, closed, line } = await open();
    pool.site.answering = nothing;
    run('GET k');
    run('INCR k');
    connections.close(CLOSED);
    connections.close(CLOSED);
    expect(outcome.failures).toEqual([CLOSED, CLOSED]);
    expect([pool.isDestroyed, line.isOpen, closed()]).toEqual([true, false, 1]);
    expect([types.at(-1), heard.at(-1)]).toEqual([
      'client.closed',
      'abandoned: The client is closed',
    ]);
    await pass(0);
    expect(vi.getTimerCount()).toBe(0);
    // What the pool itself says to them then comes too late.
    pool.failWaiting(new Error('The client is closed'));
    await pass(0);
    expect(outcome.failures).toHaveLength(2);
  });

  it('connects no member any more, and lends again when it is opened again', async () => {
    const { pool, connections, run, line } = await open();
    pool.site.answering = nothing;
    const call = run('GET k');
    const connect = vi.spyOn(pool.members[0]!, 'connect');
    connections.close(CLOSED);
    pool.members[0]!.emit('ready');
    call.attempt?.abandon();
    expect([connect.mock.calls.length, line.available]).toEqual([0, undefined]);
    connections.open();
    await pass(0);
    expect(line.available).toBeDefined();
  });

  it('hears nothing of members that it was looking after', async () => {
    const { pool, connections, run, types, line } = await open();
    pool.members[0]!.isReady = false;
    run('GET k');
    await pass(0);
    connections.close(CLOSED);
    pool.members[0]!.emit('ready');
    await pass(500);
    expect([types.at(-1), line.available]).toEqual(['client.closed', undefined]);
  });

  it('says its last word to a call once, whatever comes then', async () => {
    const { pool, connections, run, outcome } = await open();
    const reply = pending();
    pool.site.answering = () => reply.promise;
    run('GET k');
    connections.close(CLOSED);
    reply.resolve('late');
    await pass(0);
    expect(outcome.told).toEqual(['GET dispatched', 'GET! closed not-sent']);
  });

  it('is not tried for any more', async () => {
    const pool = new PoolStandIn();
    pool.connect = vi.fn(() => Promise.reject(REFUSED));
    const { connections } = await open(pool);
    connections.close(CLOSED);
    await pass(5_000);
    expect(pool.connect).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('has nobody to receive messages', () => {
    const { connections } = pooled();
    const { subscriptions, current } = connections.subscriber('CHANNELS');
    expect([connections.isSubscribed, subscriptions.isEmpty, current]).toEqual([
      false,
      true,
      undefined,
    ]);
    expect(connections.address).toBe('the server of the pool');
  });
});
