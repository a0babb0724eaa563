import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CLOSED } from '../../../../src/failures/failure.ts';
import { callOf, OutcomeRecorder, pending } from '../call-of.ts';
import { ErrorReply, nothing } from '../client-stand-in.ts';
import { pass } from '../supervised.ts';
import { TimeoutError } from './pool-stand-in.ts';
import { open } from './pooled.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('a call in a pool', () => {
  it('has a member to itself until the reply', async () => {
    const { pool, run, outcome, connections, heard, line } = await open();
    const reply = pending();
    pool.site.answering = () => reply.promise;
    const call = run('GET k');
    expect([call.attempts, connections.inFlight, line.available?.inFlight]).toEqual([1, 1, 1]);
    expect(connections.pool).toEqual({ size: 1, idle: 0, inUse: 1, waiting: 0, timeouts: 0 });
    run('SET k v');
    expect(connections.pool).toMatchObject({ waiting: 1 });
    expect(line.available?.inFlight).toBe(2);
    expect(outcome.told).toEqual(['GET dispatched']);
    reply.resolve('v');
    await pass(0);
    expect(outcome.told).toEqual(['GET dispatched', 'GET: v', 'SET dispatched', 'SET: v']);
    expect(pool.members[0]!.asked).toEqual(['GET k', 'SET k v']);
    expect([connections.inFlight, line.available?.inFlight]).toEqual([0, 0]);
    expect(heard.slice(2)).toEqual(['free', 'free']);
  });

  it('is told of its own reply only, error or not', async () => {
    const { pool, run, outcome } = await open();
    pool.site.answering = () => Promise.reject(new ErrorReply('ERR no'));
    const call = run('GET k');
    await pass(0);
    expect([outcome.told.at(-1), call.attempt]).toEqual(['GET! command not-executed', undefined]);
    expect(pool.members[0]!.isDestroyed).toBe(false);
  });

  it('may have run where its connection is lost, and was not sent where it makes no command', async () => {
    const { pool, outcome, line } = await open();
    pool.site.answering = () => Promise.reject(new Error('Socket closed unexpectedly'));
    line.available!.dispatch(callOf('GET k'), outcome);
    await pass(0);
    pool.site.answering = () => Promise.reject(new TypeError('x is not a function'));
    line.available!.dispatch(callOf('GET k', { wires: () => [] }), outcome);
    await pass(0);
    expect(outcome.told).toEqual([
      'GET dispatched',
      'GET! transport unknown',
      'GET dispatched',
      'GET! command not-sent',
    ]);
  });

  it('that is given up takes the member from the server, and gives it another socket', async () => {
    const { pool, run, outcome } = await open();
    pool.site.answering = nothing;
    const call = run('GET k');
    const [member] = pool.members;
    const connect = vi.spyOn(member!, 'connect');
    call.attempt!.abandon();
    expect([member!.isDestroyed, connect.mock.calls.length]).toEqual([true, 1]);
    await pass(0);
    expect(outcome.told).toEqual(['GET dispatched']);
    expect(pool.clientsInUse).toBe(0);
  });

  it('that is given up in the queue is never executed', async () => {
    const { pool, run, outcome } = await open();
    const reply = pending();
    pool.site.answering = () => reply.promise;
    run('GET k');
    const call = run('INCR k');
    call.waiting!.leave();
    expect(call.waiting).toBeUndefined();
    reply.resolve('v');
    await pass(0);
    expect(pool.members[0]!.asked).toEqual(['GET k']);
    expect(outcome.told).toEqual(['GET dispatched', 'GET: v']);
  });

  it('that the pool had no member for was not sent, and counts', async () => {
    const { pool, run, outcome, connections } = await open();
    pool.site.answering = nothing;
    run('GET k');
    run('INCR k');
    run('INCR k');
    pool.failWaiting(new TimeoutError('Timeout waiting for a client'));
    await pass(0);
    expect(outcome.told.slice(1)).toEqual([
      'INCR! overloaded not-sent',
      'INCR! overloaded not-sent',
    ]);
    expect(connections.pool?.timeouts).toBe(2);
    run('INCR k');
    pool.failWaiting(new Error('The client is closed'));
    await pass(0);
    expect([outcome.told.at(-1), connections.pool?.timeouts]).toEqual(['INCR! closed not-sent', 2]);
  });

  it('that met a demoted master leaves no member that leads there', async () => {
    const { pool, run, outcome, line } = await open();
    pool.site.answering = () => Promise.reject(new ErrorReply('READONLY no'));
    run('SET k v');
    await pass(0);
    expect(outcome.told.at(-1)).toBe('SET! unavailable not-executed');
    expect(pool.members[0]!.isDestroyed).toBe(true);
    await expect(line.renew(CLOSED)).resolves.toBe(true);
  });

  it('has the options of its view', async () => {
    const { pool, line } = await open();
    const seen: unknown[] = [];
    const call = callOf('GET k', {
      execute: (target) => {
        const client = target.clientFor([['withTypeMapping', [{ 36: Buffer }]]]);
        seen.push(client._commandOptions, client._self === client);
        return client.sendCommand(['GET', 'k']) as Promise<unknown>;
      },
    });
    line.available!.dispatch(call, new OutcomeRecorder());
    await pass(0);
    expect(seen).toEqual([{ typeMapping: { 36: Buffer } }, true]);
    expect(pool.members[0]!.asked).toEqual(['GET k']);
    expect(line.available!.clientFor([])).toBe(pool);
  });
});
