import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CLOSED, failure, type Failure } from '../../../src/failures/failure.ts';
import { callOf, OutcomeRecorder, pending } from './call-of.ts';
import { ErrorReply, nothing } from './client-stand-in.ts';
import { pass, supervised } from './supervised.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const DOUBT = failure({ kind: 'transport', execution: 'unknown', message: 'doubt' });
const REFUSED = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

describe('a supervisor that is opened', () => {
  it('connects, tells everybody, and asks nobody before that', async () => {
    const { supervisor, types, heard, restated } = supervised();
    expect([supervisor.isOpen, supervisor.closedFailure]).toEqual([false, CLOSED]);
    supervisor.open();
    supervisor.open();
    expect([supervisor.isOpen, supervisor.available, supervisor.closedFailure]).toEqual([
      true,
      undefined,
      undefined,
    ]);
    await pass(1);
    expect(supervisor.available).toBe(supervisor.current);
    expect(types()).toEqual(['connection.ready']);
    expect(heard).toEqual(['unavailable: There is no connection yet', 'available']);
    expect(restated).toEqual(['connect', 'ready']);
    supervisor.close(CLOSED);
  });

  it('goes on trying, at growing delays, and says when the next try is at the latest', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.999);
    const { site, supervisor, events, restated, heard, types } = supervised();
    site.connecting = () => Promise.reject(REFUSED);
    supervisor.open();
    await pass(1_000);
    const nextMs = events.flatMap((one) => (one.type === 'connection.failed' ? [one.nextMs] : []));
    expect(nextMs.slice(0, 5)).toEqual([40, 80, 100, 100, 100]);
    expect(site.clients.length).toBeGreaterThan(9);
    expect(site.clients.length).toBeLessThan(14);
    expect(restated[0]).toBe('error connect ECONNREFUSED');
    expect(supervisor.lastFailure).toMatchObject({
      kind: 'transport',
      execution: 'not-sent',
      message: 'Cannot connect to redis://host:6379: connect ECONNREFUSED',
    });
    expect(types()).not.toContain('credentials.refused');
    // Who waits is not helped by failing: the next try may succeed.
    expect(heard.filter((one) => one.startsWith('abandoned'))).toEqual([]);
    site.connecting = () => Promise.resolve();
    await pass(101);
    expect(supervisor.available).toBeDefined();
    expect(supervisor.lastFailure).toBeUndefined();
    supervisor.close(CLOSED);
  });

  it('fails those who wait at once where the server refuses the connection', async () => {
    const { site, supervisor, heard, types } = supervised();
    site.connecting = () => Promise.reject(new ErrorReply('WRONGPASS no'));
    supervisor.open();
    await pass(1);
    expect(types()).toEqual(['credentials.refused', 'connection.failed']);
    expect(heard.slice(1)).toEqual(['failed: WRONGPASS no true', 'abandoned: WRONGPASS no']);
    supervisor.close(CLOSED);
  });

  it('asks at once for other credentials, once, where somebody can give some', async () => {
    let password = 'old';
    const given: string[] = [];
    const { site, supervisor } = supervised({
      credentials: () => {
        given.push(password);
        return { password };
      },
    });
    site.connecting = ({ options }) =>
      options.password === 'new'
        ? Promise.resolve()
        : Promise.reject(new ErrorReply('WRONGPASS no'));
    expect(supervisor.canRenewCredentials).toBe(true);
    supervisor.open();
    await pass(45);
    expect(given).toEqual(['old', 'old']);
    password = 'new';
    await pass(200);
    expect(supervisor.available).toBeDefined();
    supervisor.close(CLOSED);
  });

  it('asks for them without the delay that earlier failures had earned', async () => {
    const { site, supervisor } = supervised({ credentials: () => ({ password: 'old' }) });
    site.connecting = () => Promise.reject(REFUSED);
    supervisor.open();
    await pass(400);
    site.connecting = () => Promise.reject(new ErrorReply('WRONGPASS no'));
    const before = site.clients.length;
    while (site.clients.length === before) await pass(1);
    await pass(2);
    // What was refused is not presented again, so the next try fails before there is a client.
    await pass(18);
    expect(supervisor.lastFailure?.message).toContain('there are no new ones yet');
    supervisor.close(CLOSED);
  });

  it('says where it would have connected to, where it has no credentials for that', async () => {
    const credentials = () => Promise.reject(new Error('vault'));
    const { supervisor } = supervised({ credentials });
    supervisor.open();
    await pass(1);
    expect(supervisor.lastFailure).toMatchObject({ kind: 'auth', address: 'redis://host:6379' });
    supervisor.close(CLOSED);
  });

  it('tells how long it took to connect', async () => {
    const { site, supervisor, events } = supervised();
    site.connecting = () => new Promise((resolve) => setTimeout(resolve, 30));
    await pass(100);
    supervisor.open();
    await pass(40);
    const [ready] = events.flatMap((one) => (one.type === 'connection.ready' ? [one.tookMs] : []));
    expect(ready).toBeGreaterThanOrEqual(30);
    expect(ready).toBeLessThan(40);
    supervisor.close(CLOSED);
  });

  it('goes on where a connection is lost before anybody could have it', async () => {
    const { site, supervisor, types } = supervised();
    supervisor.open();
    await pass(0);
    site.last.lose();
    await pass(50);
    expect([site.clients.length, supervisor.available !== undefined]).toEqual([2, true]);
    expect(types()).toEqual(['connection.ready']);
    supervisor.close(CLOSED);
  });

  it('gives up where the strategy of the user does, which is an outage and no mistake', async () => {
    const { site, supervisor, types, restated, heard, closed } = supervised(
      {},
      { socket: { reconnectStrategy: () => new Error('enough') } },
    );
    site.connecting = () => Promise.reject(REFUSED);
    supervisor.open();
    await pass(200);
    expect(supervisor.isOpen).toBe(false);
    expect(types().at(-1)).toBe('client.gave-up');
    expect(restated.at(-1)).toBe('end');
    expect(heard.at(-1)).toBe('abandoned: The client is closed');
    expect(supervisor.closedFailure).toMatchObject({
      kind: 'closed',
      cause: new Error('enough'),
      verdict: { outage: true },
    });
    expect(closed()).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

it('drops a connection that is in doubt when it gives up making another', async () => {
  const strategy = (tries: number) => (tries < 1 ? 5 : false);
  const all = supervised({}, { socket: { reconnectStrategy: strategy } });
  const { site, supervisor } = await all.connected();
  const old = site.last;
  site.connecting = () => Promise.reject(REFUSED);
  supervisor.suspect(DOUBT);
  await pass(200);
  expect([supervisor.isOpen, old.isDestroyed]).toEqual([false, true]);
});

describe('a supervisor whose connection is lost', () => {
  it('says so, and has another at once', async () => {
    const { site, supervisor, types, restated, heard } = await supervised().connected();
    const first = supervisor.current;
    site.last.lose();
    expect([supervisor.available, supervisor.lastFailure?.kind]).toEqual([undefined, 'transport']);
    expect(types().at(-1)).toBe('connection.lost');
    expect(restated.slice(2)).toEqual(['error Socket closed unexpectedly', 'reconnecting']);
    expect(heard.at(-1)).toBe('unavailable: Socket closed unexpectedly');
    await pass(45);
    expect(supervisor.available).toBeDefined();
    expect(supervisor.available).not.toBe(first);
    supervisor.close(CLOSED);
  });

  it('does not hold a replacement just before against the next connection', async () => {
    const { site, supervisor } = await supervised().connected();
    const renewal = supervisor.renew(DOUBT);
    await pass(5);
    await expect(renewal).resolves.toBe(true);
    site.last.lose();
    await pass(25);
    expect(supervisor.available).toBeDefined();
    supervisor.close(CLOSED);
  });

  it('breaks at once with one whose replies have shifted', async () => {
    const { site, supervisor, types } = await supervised().connected();
    const first = site.last;
    site.answering = () => Promise.resolve('the answer to another');
    await pass(500);
    expect(first.isDestroyed).toBe(true);
    expect(types().slice(1, 2)).toEqual(['connection.lost']);
    supervisor.close(CLOSED);
  });

  it('hears nothing of connections that it has left', async () => {
    const { site, supervisor, types } = await supervised().connected();
    const first = site.last;
    first.lose();
    await pass(45);
    const before = types().length;
    first.lose();
    await pass(45);
    expect(types()).toHaveLength(before);
    supervisor.close(CLOSED);
  });
});

describe('a supervisor in doubt', () => {
  it('makes another before it breaks with the old, whose calls are told why', async () => {
    const { site, supervisor, types, heard } = await supervised().connected();
    const outcome = new OutcomeRecorder();
    site.answering = nothing;
    const old = supervisor.current!;
    old.dispatch(callOf('GET k'), outcome);
    site.connecting = nothing;
    await pass(190);
    expect(types().slice(1)).toEqual(['connection.suspected']);
    expect([supervisor.available, supervisor.current]).toEqual([undefined, old]);
    expect(heard.at(-1)).toBe('unavailable: No byte of a reply for 160 ms');
    expect(outcome.failures).toEqual([]);
    site.connecting = () => Promise.resolve();
    site.answering = () => Promise.resolve('PONG');
    await pass(400);
    expect(supervisor.available?.id).not.toBe(old.id);
    expect(types()).toContain('connection.replaced');
    expect(outcome.failures).toMatchObject([{ message: 'No byte of a reply for 160 ms' }]);
    expect(site.alive).toHaveLength(1);
    supervisor.close(CLOSED);
  });

  it('keeps the old one if it answers first, and drops what was made meanwhile', async () => {
    const { site, supervisor, types, heard } = await supervised().connected();
    const answers: ((value: string) => void)[] = [];
    site.answering = () => new Promise((resolve) => answers.push(resolve));
    const old = supervisor.current!;
    const outcome = new OutcomeRecorder();
    old.dispatch(callOf('GET k'), outcome);
    await pass(190);
    expect(supervisor.available).toBeUndefined();
    answers[0]!('late');
    await pass(40);
    expect(supervisor.available).toBe(old);
    expect(heard.at(-1)).toBe('available');
    expect(outcome.told.at(-1)).toBe('GET: late');
    site.answering = ([, nonce]) => Promise.resolve(nonce);
    await pass(1_000);
    expect(types()).toEqual(['connection.ready', 'connection.suspected']);
    expect(site.alive).toHaveLength(1);
    supervisor.close(CLOSED);
  });

  it('lets what is in flight finish where only the reply is slow to come', async () => {
    const { site, supervisor, types } = await supervised().connected();
    const old = supervisor.current!;
    const first = site.last;
    site.answering = nothing;
    const outcome = new OutcomeRecorder();
    old.dispatch(callOf('GET k'), outcome);
    const bytes = setInterval(() => first.socket.bytesRead++, 5);
    site.answering = () => Promise.resolve('PONG');
    await pass(190);
    expect(types().at(-1)).toBe('connection.suspected');
    await pass(50);
    expect(types()).toContain('connection.replaced');
    expect([first.isDestroyed, outcome.failures]).toEqual([false, []]);
    await pass(210);
    expect([first.isDestroyed, outcome.failures.length]).toEqual([true, 1]);
    clearInterval(bytes);
    supervisor.close(CLOSED);
  });

  it('keeps the old one if its answer and the new one come together', async () => {
    const { site, supervisor, heard } = await supervised().connected();
    const [old, first] = [supervisor.current!, site.last];
    const [answer, connecting] = [pending(), pending()];
    site.answering = (_words, client) =>
      client === first ? answer.promise : Promise.resolve('PONG');
    site.connecting = () => connecting.promise;
    old.dispatch(callOf('GET k'), new OutcomeRecorder());
    supervisor.suspect(DOUBT);
    await pass(30);
    const fresh = site.last;
    expect(fresh).not.toBe(first);
    answer.resolve('v');
    connecting.resolve(undefined);
    await pass(2);
    expect([supervisor.available, fresh.isDestroyed, fresh.socket.wasReset]).toEqual([
      old,
      true,
      false,
    ]);
    expect(heard.at(-1)).toBe('available');
    supervisor.close(CLOSED);
  });

  it('states a doubt once, and none without a connection', async () => {
    const idle = supervised();
    idle.supervisor.open();
    idle.supervisor.suspect(DOUBT);
    expect(idle.types()).toEqual([]);
    idle.supervisor.close(CLOSED);
    const { supervisor, types } = await supervised().connected();
    supervisor.suspect(DOUBT);
    supervisor.suspect(DOUBT);
    expect(types()).toEqual(['connection.ready', 'connection.suspected']);
    supervisor.close(CLOSED);
    supervisor.suspect(DOUBT);
    expect(types().filter((type) => type === 'connection.suspected')).toHaveLength(1);
  });
});

describe('a renewal', () => {
  const renewed = async (supervisor: { renew(reason: Failure): Promise<boolean> }) => {
    const renewal = supervisor.renew(DOUBT);
    await pass(50);
    return renewal;
  };

  it('moves to a fresh connection while the present one serves, and ends that gently', async () => {
    const { site, supervisor, types } = await supervised().connected();
    const [old, first] = [supervisor.current!, site.last];
    const renewal = supervisor.renew(DOUBT);
    expect(supervisor.available).toBe(old);
    await pass(50);
    await expect(renewal).resolves.toBe(true);
    expect(supervisor.available?.id).not.toBe(old.id);
    expect(types().slice(1)).toEqual(['connection.ready', 'connection.replaced']);
    expect([first.isDestroyed, first.socket.wasReset]).toEqual([true, false]);
    supervisor.close(CLOSED);
  });

  it('is one for all who ask at the same time, and not made again at once', async () => {
    const { site, supervisor } = await supervised().connected();
    const both = [supervisor.renew(DOUBT), supervisor.renew(DOUBT)];
    await pass(50);
    await expect(Promise.all(both)).resolves.toEqual([true, true]);
    expect(site.clients).toHaveLength(2);
    await expect(renewed(supervisor)).resolves.toBe(false);
    await pass(60);
    await expect(renewed(supervisor)).resolves.toBe(true);
    supervisor.close(CLOSED);
  });

  it('that fails leaves the present connection as it is', async () => {
    const { site, supervisor, heard } = await supervised().connected();
    const old = supervisor.current;
    site.connecting = () => Promise.reject(new ErrorReply('WRONGPASS no'));
    await expect(renewed(supervisor)).resolves.toBe(false);
    expect(supervisor.available).toBe(old);
    // Those who wait do so for a place, not for a connection.
    expect(heard.at(-1)).toBe('failed: WRONGPASS no true');
    await pass(2_000);
    expect(site.clients).toHaveLength(2);
    supervisor.close(CLOSED);
  });

  it.each([
    { title: 'the fresh one takes over', isRevived: false },
    { title: 'the present one answers after all', isRevived: true },
  ])('during which doubt comes up is over when $title', async ({ isRevived }) => {
    const { site, supervisor } = await supervised().connected();
    const [answer, connecting] = [pending(), pending()];
    site.connecting = () => connecting.promise;
    site.answering = () => answer.promise;
    const renewal = supervisor.renew(DOUBT);
    supervisor.current!.dispatch(callOf('GET k'), new OutcomeRecorder());
    await pass(190);
    expect(supervisor.available).toBeUndefined();
    site.answering = () => Promise.resolve('PONG');
    if (isRevived) answer.resolve('v');
    else connecting.resolve(undefined);
    await pass(200);
    await expect(renewal).resolves.toBe(!isRevived);
    supervisor.close(CLOSED);
  });

  it.each([
    { title: 'is lost', end: 'lose' },
    { title: 'is closed', end: 'close' },
  ])('comes to nothing where the connection $title meanwhile', async ({ end }) => {
    const { site, supervisor } = await supervised().connected();
    const first = site.last;
    site.connecting = nothing;
    const renewal = supervisor.renew(DOUBT);
    if (end === 'lose') first.lose();
    else supervisor.close(CLOSED);
    await expect(renewal).resolves.toBe(false);
    supervisor.close(CLOSED);
  });

  it('is not made without a connection', async () => {
    const { supervisor } = supervised();
    await expect(supervisor.renew(DOUBT)).resolves.toBe(false);
    supervisor.open();
    await expect(supervisor.renew(DOUBT)).resolves.toBe(false);
    supervisor.close(CLOSED);
  });
});

describe('a supervisor that is closed', () => {
  it('drops its connection, tells everybody once, and leaves no timer', async () => {
    const { site, supervisor, types, restated, heard, closed } = await supervised().connected();
    supervisor.close(CLOSED);
    supervisor.close(CLOSED);
    expect(site.last).toMatchObject({ isDestroyed: true, socket: { wasReset: true } });
    expect([supervisor.current, supervisor.isOpen]).toEqual([undefined, false]);
    expect(types().slice(1)).toEqual(['client.closed']);
    expect(restated.slice(2)).toEqual(['end']);
    expect(heard.at(-1)).toBe('abandoned: The client is closed');
    expect(closed()).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('hangs up without a reset where it is told so', async () => {
    const { site, supervisor } = await supervised().connected();
    supervisor.close(CLOSED, { reset: false });
    expect(site.last).toMatchObject({ isDestroyed: true, socket: { wasReset: false } });
  });

  it('drops what it was just making', async () => {
    const { site, supervisor, types } = supervised();
    site.connecting = nothing;
    supervisor.open();
    await pass(5);
    supervisor.close(CLOSED);
    await pass(0);
    expect([site.alive, site.last.socket.wasReset]).toEqual([[], false]);
    await pass(1_000);
    expect(types()).toEqual(['client.closed']);
    expect(site.clients).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('connects nobody where it waited for credentials', async () => {
    const { promise, resolve } = pending<object>();
    const { site, supervisor, types } = supervised({ credentials: () => promise });
    supervisor.open();
    await pass(5);
    supervisor.close(CLOSED);
    resolve({ password: 'late' });
    await pass(500);
    expect([site.clients.filter(({ isOpen }) => isOpen), types()]).toEqual([[], ['client.closed']]);
  });

  it('can be opened again, as if nothing had been', async () => {
    const { site, supervisor } = await supervised().connected();
    site.connecting = () => Promise.reject(REFUSED);
    site.last.lose();
    await pass(100);
    supervisor.close(CLOSED);
    site.connecting = () => Promise.resolve();
    supervisor.open();
    expect(supervisor.lastFailure).toBeUndefined();
    await pass(1);
    expect(supervisor.available).toBeDefined();
    supervisor.close(CLOSED);
  });

  it.each([
    { title: 'lets a connection that is well finish', suspected: false, answered: true },
    { title: 'drops one that is in doubt', suspected: true, answered: false },
  ])('$title when it retires', async ({ suspected, answered }) => {
    const { site, supervisor } = await supervised().connected();
    const outcome = new OutcomeRecorder();
    site.answering = () => new Promise((resolve) => setTimeout(resolve, 50, 'v'));
    supervisor.current!.dispatch(callOf('GET k'), outcome);
    site.connecting = nothing;
    if (suspected) supervisor.suspect(DOUBT);
    supervisor.retire(CLOSED);
    await pass(60);
    expect(outcome.told.at(-1)).toBe(answered ? 'GET: v' : 'GET! closed not-sent');
    expect(site.alive).toHaveLength(0);
  });
});

it('tells of every answer, which is a free place', async () => {
  const { supervisor, heard } = await supervised().connected();
  supervisor.current!.dispatch(callOf('GET k'), new OutcomeRecorder());
  await pass(0);
  expect(heard.at(-1)).toBe('free');
  supervisor.close(CLOSED);
});

it('delivers the messages of one connection at a time, and of the first before it is ready', async () => {
  const { site, supervisor, connections } = supervised();
  const listener = vi.fn();
  connections.subscriber('CHANNELS').subscriptions.add('CHANNELS', 'news', listener);
  const publish = () => {
    for (const { subscribed } of site.alive) {
      const gated = subscribed.get('CHANNELS')?.get('news')?.strings ?? [];
      for (const one of gated) one('message', 'news');
    }
  };
  const connecting = pending();
  site.connecting = () => connecting.promise;
  supervisor.open();
  await pass(1);
  publish();
  expect(listener).toHaveBeenCalledTimes(1);
  connecting.resolve(undefined);
  await pass(2);
  site.connecting = nothing;
  void supervisor.renew(DOUBT);
  await pass(5);
  expect(site.alive).toHaveLength(2);
  publish();
  expect(listener).toHaveBeenCalledTimes(2);
  supervisor.close(CLOSED);
});

it('tells of a listener that throws at a message, and loses nothing by that', async () => {
  const { site, supervisor, connections, types, restated } = supervised();
  connections.subscriber('CHANNELS').subscriptions.add('CHANNELS', 'news', () => {
    throw new Error('a mistake');
  });
  supervisor.open();
  await pass(1);
  for (const gated of site.last.subscribed.get('CHANNELS')!.get('news')!.strings) {
    gated('message', 'news');
  }
  expect([types().at(-1), restated.at(-1)]).toEqual(['listener.failed', 'error a mistake']);
  expect(supervisor.available).toBeDefined();
  supervisor.close(CLOSED);
});

it('keeps the process alive as its user said, connection after connection', async () => {
  const idle = supervised().supervisor;
  idle.reference(false);
  idle.reference(true);
  const { site, supervisor } = await supervised().connected();
  supervisor.reference(false);
  expect(site.last.calls).toEqual(['unref']);
  site.last.lose();
  await pass(45);
  expect(site.last.calls).toEqual(['unref']);
  supervisor.reference(true);
  expect(site.last.calls).toEqual(['unref', 'ref']);
  site.last.lose();
  await pass(100);
  expect(site.last.calls).toEqual([]);
  supervisor.close(CLOSED);
});
