import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Members } from '../../../../src/connection/pool/members.ts';
import { CLOSED } from '../../../../src/failures/failure.ts';
import { callOf, OutcomeRecorder, pending } from '../call-of.ts';
import { nothing, Site, type ClientStandIn } from '../client-stand-in.ts';
import { pass } from '../supervised.ts';
import { PoolStandIn } from './pool-stand-in.ts';
import { open } from './pooled.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
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

  it('says so once, and counts who waits as under way', async () => {
    const { pool, line, types, outcome } = await open();
    const carrier = line.available!;
    pool.members[0]!.isReady = false;
    pool.site.connecting = nothing;
    carrier.dispatch(callOf('GET a'), outcome);
    carrier.dispatch(callOf('GET b'), outcome);
    expect([carrier.inFlight, types]).toEqual([2, ['connection.ready', 'connection.lost']]);
    // Looking for one that is ready finds none.
    await pass(500);
    expect(types).toHaveLength(2);
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
    const { pool, run, line, outcome, types } = await open(new PoolStandIn(2));
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
    expect(types).toEqual(['connection.ready']);
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
    const execute = vi.spyOn(pool, 'execute');
    await expect(line.available!.ask('PING')).rejects.toMatchObject({ code: 'ENOTCONN' });
    expect(execute).toHaveBeenCalledOnce();
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

describe('a member that can take no command', () => {
  function looking() {
    const onReady = vi.fn();
    const members = new Members(200, onReady);
    const member = new Site().template() as unknown as ClientStandIn;
    const connect = vi.spyOn(member, 'connect');
    const tend = () => {
      members.tend(member as never);
    };
    return { members, member, connect, onReady, tend };
  }

  it('is connected where it is closed, and left alone where it is about to connect', () => {
    const { member, connect, tend } = looking();
    tend();
    expect(connect).toHaveBeenCalledOnce();
    member.isOpen = true;
    tend();
    expect(connect).toHaveBeenCalledOnce();
  });

  it('has as long as a connection may take, each time anew', async () => {
    const { member, connect, tend } = looking();
    await pass(1_000);
    member.isOpen = true;
    tend();
    await pass(200);
    tend();
    expect(member.isDestroyed).toBe(false);
    member.emit('ready');
    await pass(200);
    tend();
    expect(member.isDestroyed).toBe(false);
    await pass(201);
    tend();
    expect([member.isDestroyed, connect.mock.calls.length]).toEqual([true, 1]);
  });

  it('is listened to once, however often it is met', () => {
    const { member, onReady, tend } = looking();
    tend();
    tend();
    member.emit('ready');
    expect(onReady).toHaveBeenCalledOnce();
  });

  it('is ended and not connected again once the pool is closed, until it is opened', () => {
    const { members, member, connect, tend } = looking();
    members.close();
    members.recycle(member as never);
    tend();
    expect([member.isDestroyed, connect.mock.calls.length]).toEqual([true, 0]);
    members.open();
    tend();
    expect(connect).toHaveBeenCalledOnce();
  });
});
