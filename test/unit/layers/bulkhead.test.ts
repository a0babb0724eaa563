import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failure } from '../../../src/failures/failure.ts';
import { OverloadedError, type BulkheadOptions } from '../../../src/index.ts';
import { BulkheadLayer } from '../../../src/layers/bulkhead.ts';
import { harness, lost, timedOut, type Run } from './harness.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const bounded = (options: Partial<BulkheadOptions> = {}) => {
  const made: { bulkhead?: BulkheadLayer } = {};
  const parts = harness(
    ({ settings, supervisor }) => {
      const bulkhead = new BulkheadLayer(settings.bulkhead, supervisor.asSupervisor);
      supervisor.listeners.push(bulkhead);
      made.bulkhead = bulkhead;
      return [bulkhead];
    },
    { bulkhead: options },
  );
  const { supervisor, scripted } = parts;
  const connection = supervisor.available!;
  // A real connection counts what is in flight on it.
  Object.defineProperty(connection, 'inFlight', { get: () => scripted.inFlight.size });
  const bulkhead = made.bulkhead!;
  return {
    ...parts,
    bulkhead,
    connection,
    /** Names of the commands that were let through so far. */
    through: () =>
      scripted.received.map(({ operation, args }) => `${operation.name} ${String(args[0])}`),
    /** The oldest attempt in flight is answered. */
    answer: () => {
      const [oldest] = scripted.inFlight;
      oldest?.abandon();
      bulkhead.onFree();
    },
  };
};

const failureOf = async (run: Run) => {
  await vi.advanceTimersByTimeAsync(0);
  return run.error;
};

describe('bulkhead', () => {
  it('lets calls through at once while there is a place', () => {
    const { run, through, bulkhead } = bounded({ maxInFlight: 2 });
    run('GET a');
    run('GET b');
    run('GET c');
    expect(through()).toEqual(['GET a', 'GET b']);
    expect(bulkhead.waiting).toBe(1);
  });

  it('lets those who wait through in the order in which they came, as places become free', () => {
    const { run, through, answer } = bounded({ maxInFlight: 1 });
    for (const command of ['GET a', 'GET b', 'GET c']) run(command);
    answer();
    expect(through()).toEqual(['GET a', 'GET b']);
    answer();
    expect(through()).toEqual(['GET a', 'GET b', 'GET c']);
    answer();
  });

  it('lets nobody overtake those who wait', () => {
    const { run, through, supervisor, connection } = bounded();
    supervisor.disconnect(lost());
    run('GET a');
    supervisor.available = connection;
    run('GET b');
    expect(through()).toEqual([]);
    supervisor.connect(connection);
    expect(through()).toEqual(['GET a', 'GET b']);
  });

  it('refuses what comes when so many wait for a place', async () => {
    const { run, bulkhead } = bounded({ maxInFlight: 1, maxWaiting: 2, maxWaitingOffline: 1 });
    const calls = ['a', 'b', 'c', 'd'].map((key) => run(`GET ${key}`));
    expect(bulkhead.waiting).toBe(2);
    const error = await failureOf(calls[3]!);
    expect(error).toBeInstanceOf(OverloadedError);
    expect(error).toMatchObject({
      message: 'Cannot send GET: 2 calls wait already',
      execution: 'not-sent',
      attempts: 0,
    });
    expect(calls.slice(0, 3).map(({ status }) => status)).toEqual([
      'pending',
      'pending',
      'pending',
    ]);
  });

  it('has another limit while there is no connection', async () => {
    const { run, supervisor, bulkhead } = bounded({ maxWaiting: 9, maxWaitingOffline: 2 });
    supervisor.disconnect(lost());
    const calls = ['a', 'b', 'c'].map((key) => run(`GET ${key}`));
    expect(bulkhead.waiting).toBe(2);
    expect((await failureOf(calls[2]!))?.message).toBe(
      'Cannot send GET: 2 calls wait already for a connection',
    );
  });

  it('lets those who wait through when a connection is ready, only as many as it takes', () => {
    const { run, through, supervisor, connection, bulkhead } = bounded({ maxInFlight: 2 });
    supervisor.disconnect(lost());
    for (const key of ['a', 'b', 'c']) run(`GET ${key}`);
    expect(through()).toEqual([]);
    supervisor.connect(connection);
    expect(through()).toEqual(['GET a', 'GET b']);
    expect(bulkhead.waiting).toBe(1);
  });

  it('lets those who wait through in the async context of their callers', () => {
    const { run, supervisor, connection, scripted } = bounded();
    const storage = new AsyncLocalStorage<string>();
    const seen = scripted.atEach(() => storage.getStore());
    supervisor.disconnect(lost());
    for (const user of ['ann', 'bob']) storage.run(user, () => run('GET k'));
    storage.run('the connection', () => supervisor.connect(connection));
    expect(seen).toEqual(['ann', 'bob']);
  });

  it('fails everything that waits when the supervisor says so', async () => {
    const { run, supervisor, bulkhead } = bounded();
    supervisor.disconnect(lost());
    const calls = [run('GET a'), run('GET b')];
    supervisor.abandonWaiting(
      failure({ kind: 'transport', execution: 'not-sent', message: 'ECONNREFUSED' }),
    );
    expect(bulkhead.waiting).toBe(0);
    for (const call of calls) {
      expect(await failureOf(call)).toMatchObject({ kind: 'transport', execution: 'not-sent' });
    }
  });

  it('forgets a call that was given up while it waited', () => {
    const { run, supervisor, connection, outermost, through, bulkhead } = bounded();
    supervisor.disconnect(lost());
    const [a] = [run('GET a'), run('GET b')];
    outermost.cancel(a.call, timedOut());
    expect(bulkhead.waiting).toBe(1);
    supervisor.connect(connection);
    expect(through()).toEqual(['GET b']);
  });

  it('fails every call of a closed client, and holds none', async () => {
    const { run, supervisor, bulkhead } = bounded();
    supervisor.closedFailure = failure({
      kind: 'closed',
      execution: 'not-sent',
      message: 'The client is closed',
    });
    expect(await failureOf(run('GET k'))).toMatchObject({ kind: 'closed' });
    expect(bulkhead.waiting).toBe(0);
  });

  it('lets blocking commands pass by: they have connections of their own', () => {
    const { run, through } = bounded({ maxInFlight: 1 });
    run('GET a');
    run('GET b');
    run('BLPOP c 1', { policy: { blocking: true } });
    expect(through()).toEqual(['GET a', 'BLPOP c']);
  });

  it('lets nobody through while the connection is not trusted', () => {
    const { run, through, supervisor } = bounded();
    supervisor.disconnect(lost());
    run('GET a');
    supervisor.listeners[0]?.onFree?.();
    expect(through()).toEqual([]);
  });
});
