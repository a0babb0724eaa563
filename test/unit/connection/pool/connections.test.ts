import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { poolConnections } from '../../../../src/connection/pool/connections.ts';
import { CLOSED } from '../../../../src/failures/failure.ts';
import { settingsOf } from '../../../../src/options/settings.ts';
import type { ResilienceOptions } from '../../../../src/options/types.ts';
import { EventHub } from '../../../../src/telemetry/hub.ts';
import { callOf, OutcomeRecorder, pending } from '../call-of.ts';
import { ErrorReply, nothing } from '../client-stand-in.ts';
import { pass } from '../supervised.ts';
import { PoolStandIn, TimeoutError } from './pool-stand-in.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function pooled(pool = new PoolStandIn(), options: ResilienceOptions = {}) {
  const hub = new EventHub('test');
  const [types, heard]: [string[], string[]] = [[], []];
  hub.subscribe(({ type }) => types.push(type));
  let closed = 0;
  const connections = poolConnections({
    template: pool.asPool,
    settings: settingsOf({
      connection: { connectMs: 200, baseDelayMs: 40, maxDelayMs: 100 },
      ...options,
    }),
    hub,
    restate: () => undefined,
    onClosed: () => closed++,
  });
  const { line } = connections;
  line.listen({
    onAvailable: () => heard.push('available'),
    onUnavailable: ({ message }) => heard.push(`unavailable: ${message}`),
    onConnectFailed: ({ message }, refused) => heard.push(`failed: ${message} ${refused}`),
    onFree: () => heard.push('free'),
    onAbandoned: ({ message }) => heard.push(`abandoned: ${message}`),
  });
  const outcome = new OutcomeRecorder();
  const run = (command: string) => {
    const call = callOf(command);
    line.available!.dispatch(call, outcome);
    return call;
  };
  return { pool, connections, line, types, heard, outcome, run, closed: () => closed };
}

async function open(...args: Parameters<typeof pooled>) {
  const all = pooled(...args);
  all.connections.open();
  await pass(0);
  return all;
}

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
    expect(vi.getTimerCount()).toBe(1);
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

describe('a pool without a member that is ready', () => {
  it('has calls wait, looks after its members, and goes on when one is ready', async () => {
    const { pool, run, outcome, line, types, heard } = await open(new PoolStandIn(2));
    for (const member of pool.members) member.isReady = member.isOpen = false;
    const connects = pool.members.map((member) => vi.spyOn(member, 'connect'));
    pool.site.connecting = nothing;
    run('GET k');
    await pass(0);
    expect(line.available).toBeUndefined();
    expect([types.at(-1), heard.at(-1)]).toEqual([
      'connection.lost',
      'unavailable: No member of the pool is ready',
    ]);
    expect(connects.map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
    pool.members[1]!.isReady = true;
    pool.members[1]!.emit('ready');
    await pass(0);
    expect(line.available).toBeDefined();
    expect(types.at(-1)).toBe('connection.ready');
    expect(outcome.told).toEqual(['GET dispatched', 'GET: PONG']);
    expect(pool.members[1]!.asked).toEqual(['GET k']);
  });

  it('finds out by looking where nobody tells it', async () => {
    const { pool, run, outcome } = await open();
    const [member] = pool.members;
    member!.isReady = false;
    run('GET k');
    await pass(0);
    member!.isReady = true;
    await pass(150);
    expect(outcome.told).toEqual(['GET dispatched', 'GET: PONG']);
  });

  it('gives one that takes too long to connect another socket', async () => {
    const { pool, run } = await open();
    const [member] = pool.members;
    member!.isReady = false;
    const connect = vi.spyOn(member!, 'connect').mockImplementation(() => nothing());
    run('GET k');
    await pass(150);
    expect([member!.isDestroyed, connect.mock.calls.length]).toEqual([false, 0]);
    await pass(200);
    expect(member!.isDestroyed).toBe(true);
    expect(connect).toHaveBeenCalled();
  });

  it('does not count as one while another member serves', async () => {
    const { pool, run, line, outcome } = await open(new PoolStandIn(2));
    const reply = pending();
    pool.site.answering = () => reply.promise;
    run('GET a');
    pool.members[1]!.isReady = false;
    run('GET b');
    await pass(0);
    expect(line.available).toBeDefined();
    reply.resolve('v');
    await pass(10);
    expect(outcome.told.filter((told) => told === 'GET: v')).toHaveLength(2);
  });

  it('fails calls that wait in it for what they were abandoned for', async () => {
    const { pool, run, line, outcome } = await open();
    pool.members[0]!.isReady = false;
    pool.site.connecting = nothing;
    run('GET k');
    await pass(0);
    line.abandonWaiting(CLOSED);
    expect(outcome.told).toEqual(['GET! closed not-sent']);
  });
});

describe('a question beside the calls', () => {
  it('goes to a member that is ready', async () => {
    const { pool, line } = await open(new PoolStandIn(2));
    pool.members[0]!.isReady = false;
    await expect(line.available!.ask('PING')).resolves.toBe('PONG');
    expect(pool.members.map(({ asked }) => asked)).toEqual([[], ['PING']]);
  });

  it('fails where there is none', async () => {
    const { pool, line } = await open();
    pool.members[0]!.isReady = false;
    await expect(line.available!.ask('PING')).rejects.toMatchObject({ code: 'ENOTCONN' });
  });
});

describe('a member for a blocking command', () => {
  const events = () => ({ onFree: vi.fn(), onLost: vi.fn() });

  it('goes back after its one command', async () => {
    const { pool, connections } = await open();
    const told = events();
    const held = await connections.separate(told);
    const outcome = new OutcomeRecorder();
    expect([pool.clientsInUse, held.isReady]).toEqual([1, true]);
    held.dispatch(callOf('BLPOP k 0'), outcome);
    await pass(0);
    expect(outcome.told).toEqual(['BLPOP dispatched', 'BLPOP: PONG']);
    expect([pool.clientsInUse, held.isReady, told.onFree.mock.calls]).toEqual([0, false, [[held]]]);
  });

  it('that is dropped is taken from the server, and tells its call why', async () => {
    const { pool, connections } = await open();
    pool.site.answering = nothing;
    const held = await connections.separate(events());
    const outcome = new OutcomeRecorder();
    held.dispatch(callOf('BLPOP k 0'), outcome);
    held.drop(CLOSED);
    await pass(0);
    expect(outcome.failures).toEqual([CLOSED]);
    expect([pool.members[0]!.isDestroyed, pool.clientsInUse]).toEqual([true, 0]);
  });

  it('that has nothing to do just goes back when it is dropped', async () => {
    const { pool, connections } = await open();
    const held = await connections.separate(events());
    held.drop(CLOSED);
    await pass(0);
    expect([pool.members[0]!.isDestroyed, pool.clientsInUse, held.isReady]).toEqual([
      false,
      0,
      false,
    ]);
  });

  it('is not given where it is not ready, or the pool has none', async () => {
    const { pool, connections } = await open();
    pool.members[0]!.isReady = false;
    await expect(connections.separate(events())).rejects.toMatchObject({ kind: 'transport' });
    expect(pool.clientsInUse).toBe(0);
    vi.spyOn(pool, 'execute').mockRejectedValue(new Error('The client is closed'));
    await expect(connections.separate(events())).rejects.toThrow('closed');
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
    expect([connections.isSubscribed, connections.subscriber('CHANNELS').current]).toEqual([
      false,
      undefined,
    ]);
    expect(connections.address).toBe('the server of the pool');
  });
});
