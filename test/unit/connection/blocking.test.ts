import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  BlockingConnections,
  type SeparateConnection,
  type SeparateConnector,
} from '../../../src/connection/blocking.ts';
import type { Line } from '../../../src/connection/line.ts';
import { failure, type Failure } from '../../../src/failures/failure.ts';
import type { Call } from '../../../src/pipeline/call.ts';
import { callOf, OutcomeRecorder, pending } from './call-of.ts';
import { pass } from './supervised.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const ENOUGH = failure({ kind: 'timeout', execution: 'unknown', message: 'enough' });

/** A connection that a test lets answer, or lose. */
class SeparateStandIn implements SeparateConnection {
  isReady = true;
  readonly served: string[] = [];
  readonly drops: { reason: Failure; reset: boolean }[] = [];
  readonly #events: Parameters<SeparateConnector>[0];

  constructor(events: Parameters<SeparateConnector>[0]) {
    this.#events = events;
  }

  dispatch({ args }: Call): void {
    this.served.push(String(args[0]));
  }

  drop(reason: Failure, { reset = true }: { reset?: boolean } = {}): void {
    this.isReady = false;
    this.drops.push({ reason, reset });
  }

  answer(): void {
    this.#events.onFree(this);
  }

  lose(): void {
    this.isReady = false;
    this.#events.onLost(this);
  }
}

function blocking(maxWaiting = 1_000) {
  const line = { isOpen: true };
  const made: SeparateStandIn[] = [];
  const behaviour = { connect: (): Promise<unknown> => Promise.resolve() };
  let tries = 0;
  const connections = new BlockingConnections(
    line as Line,
    async (events) => {
      tries++;
      await behaviour.connect();
      const one = new SeparateStandIn(events);
      made.push(one);
      return one;
    },
    50,
    maxWaiting,
  );
  const outcome = new OutcomeRecorder();
  const run = (key: string) => {
    const call = callOf(`BLPOP ${key}`);
    connections.run(call, outcome);
    return call;
  };
  const served = () => made.map((one) => one.served.join(' '));
  return { line, made, behaviour, connections, outcome, run, served, tries: () => tries };
}

describe('a blocking command', () => {
  it('has a connection to itself, made for it', async () => {
    const { connections, run, served } = blocking();
    for (const key of ['a', 'b', 'c']) run(key);
    expect(connections.waiting).toBe(3);
    await pass(0);
    expect(served()).toEqual(['a', 'b', 'c']);
    expect([connections.waiting, connections.inFlight]).toEqual([0, 3]);
  });

  it('takes over a connection that is free', async () => {
    const { made, run, served, connections } = blocking();
    run('a');
    await pass(0);
    made[0]!.answer();
    expect(connections.inFlight).toBe(0);
    run('b');
    await pass(0);
    expect(served()).toEqual(['a b']);
    // The time to be idle has ended with that.
    await pass(11_000);
    expect(made[0]!.drops).toEqual([]);
  });

  it('takes over the connection of one that is answered while another is being made', async () => {
    const { made, behaviour, run, served, connections } = blocking();
    run('a');
    await pass(0);
    behaviour.connect = () => pending().promise;
    run('b');
    made[0]!.answer();
    expect(served()).toEqual(['a b']);
    expect([connections.waiting, connections.inFlight]).toEqual([0, 1]);
  });

  it('takes over none that was lost', async () => {
    const { made, run, served, connections } = blocking();
    run('a');
    await pass(0);
    made[0]!.lose();
    made[0]!.answer();
    run('b');
    await pass(0);
    expect(served()).toEqual(['a', 'b']);
    expect(connections.inFlight).toBe(1);
  });

  it('is refused where too many wait already', () => {
    const { behaviour, outcome, run } = blocking(2);
    behaviour.connect = () => pending().promise;
    for (const key of ['a', 'b', 'c']) run(key);
    expect(outcome.told).toEqual(['BLPOP! overloaded not-sent']);
  });

  it('waits where there are a hundred, and is next when one of them is free', async () => {
    const { made, run, connections } = blocking();
    for (let count = 0; count < 102; count++) run(`key${count}`);
    await pass(0);
    expect([made.length, connections.inFlight, connections.waiting]).toEqual([100, 100, 2]);
    made[7]!.answer();
    expect(made[7]!.served).toEqual(['key7', 'key100']);
    made[8]!.lose();
    await pass(0);
    expect(made[100]!.served).toEqual(['key101']);
  });

  it('has no more than a hundred, those included that are busy already', async () => {
    const { made, run } = blocking();
    for (let count = 0; count < 60; count++) run(`key${count}`);
    await pass(0);
    for (let count = 0; count < 60; count++) run(`more${count}`);
    await pass(0);
    expect(made).toHaveLength(100);
  });

  it('that is given up ends its connection, for its element would go to nobody', async () => {
    const { made, run, connections } = blocking();
    const [call, other] = [run('a'), run('b')];
    await pass(0);
    connections.giveUp(call, ENOUGH);
    expect(made.map(({ drops }) => drops.length)).toEqual([1, 0]);
    expect(made[0]!.drops[0]).toEqual({ reason: ENOUGH, reset: true });
    expect(connections.inFlight).toBe(1);
    connections.giveUp(call, ENOUGH);
    expect(made[0]!.drops).toHaveLength(1);
    expect(other.attempt).toBeUndefined();
  });

  it('can be told that nobody should wait any more', () => {
    const { behaviour, run, connections } = blocking();
    behaviour.connect = () => pending().promise;
    for (const key of ['a', 'b']) run(key);
    const failed: unknown[] = [];
    connections.abandonWaiting(({ args }) => failed.push(args[0]));
    expect([failed, connections.waiting]).toEqual([['a', 'b'], 0]);
  });
});

describe('the connections of blocking commands', () => {
  it('are tried for until there is one', async () => {
    const { behaviour, run, served, tries } = blocking();
    behaviour.connect = () => Promise.reject(new Error('refused'));
    run('a');
    await pass(140);
    expect(tries()).toBe(3);
    behaviour.connect = () => Promise.resolve();
    await pass(50);
    expect(served()).toEqual(['a']);
  });

  it.each([
    {
      title: 'nobody waits any more',
      stop: ({ connections }: ReturnType<typeof blocking>) => {
        connections.abandonWaiting(() => undefined);
      },
    },
    {
      title: 'the client is closed',
      stop: ({ line }: ReturnType<typeof blocking>) => (line.isOpen = false),
    },
    {
      title: 'they are all ended',
      stop: ({ connections }: ReturnType<typeof blocking>) => {
        connections.close(ENOUGH);
      },
    },
  ])('are not tried for any more where $title', async ({ stop }) => {
    const all = blocking();
    all.behaviour.connect = () => Promise.reject(new Error('refused'));
    all.run('a');
    await pass(10);
    stop(all);
    await pass(1_000);
    expect(all.tries()).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('go when nobody has needed them for a while', async () => {
    const { made, run } = blocking();
    run('a');
    await pass(0);
    made[0]!.answer();
    await pass(9_999);
    expect(made[0]!.drops).toEqual([]);
    await pass(1);
    expect(made[0]!.drops).toMatchObject([{ reset: false }]);
    run('b');
    await pass(0);
    expect(made).toHaveLength(2);
  });

  it('go at once where they are idle on another database than the one now selected', async () => {
    const { made, run, connections, served } = blocking();
    for (const key of ['a', 'b']) run(key);
    await pass(0);
    made[0]!.answer();
    connections.leaveDatabase();
    expect(made.map(({ drops }) => drops.length)).toEqual([1, 0]);
    expect(made[0]!.drops[0]?.reset).toBe(false);
    run('c');
    await pass(0);
    expect(served()).toEqual(['a', 'b', 'c']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('go as soon as they are free where another database was selected meanwhile', async () => {
    const { made, behaviour, run, connections, served } = blocking();
    run('a');
    await pass(0);
    connections.leaveDatabase();
    const connecting = pending();
    behaviour.connect = () => connecting.promise;
    run('b');
    made[0]!.answer();
    expect(made[0]).toMatchObject({ served: ['a'], drops: [{ reset: false }] });
    connecting.resolve(undefined);
    await pass(0);
    made[1]!.answer();
    run('c');
    expect(served()).toEqual(['a', 'b c']);
    expect(connections.inFlight).toBe(1);
  });

  it('that were being made then serve who called before, and nobody else', async () => {
    const { made, behaviour, run, connections, served } = blocking();
    const connecting = [pending(), pending()];
    let next = 0;
    behaviour.connect = () => connecting[next++]?.promise ?? Promise.resolve();
    run('a');
    const late = run('b');
    connections.leaveDatabase();
    late.waiting!.leave();
    run('c');
    for (const { resolve } of connecting) resolve(undefined);
    await pass(0);
    expect(served()).toEqual(['a', '', 'c']);
    expect(made.map(({ drops }) => drops.length)).toEqual([0, 1, 0]);
    expect(connections.waiting).toBe(0);
  });

  it('make room for others when they go', async () => {
    const { made, run, connections } = blocking();
    for (let count = 0; count < 100; count++) run(`key${count}`);
    await pass(0);
    connections.leaveDatabase();
    run('more');
    made[7]!.answer();
    await pass(0);
    expect(made[100]?.served).toEqual(['more']);
  });

  it('end all at once, busy and idle', async () => {
    const { made, run, connections } = blocking();
    for (const key of ['a', 'b']) run(key);
    await pass(0);
    made[0]!.answer();
    connections.close(ENOUGH);
    expect(made.map(({ drops }) => drops)).toMatchObject([
      [{ reason: ENOUGH }],
      [{ reason: ENOUGH }],
    ]);
    expect(connections.inFlight).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    run('c');
    await pass(0);
    expect(made[2]?.served).toEqual(['c']);
  });

  it('are dropped where they come after the end', async () => {
    const { made, behaviour, run, connections } = blocking();
    const connecting = pending();
    behaviour.connect = () => connecting.promise;
    run('a');
    connections.close(ENOUGH);
    connecting.resolve(undefined);
    await pass(0);
    expect(made[0]).toMatchObject({ served: [], drops: [{ reset: true }] });
  });
});
