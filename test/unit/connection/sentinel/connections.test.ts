import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sentinelConnections } from '../../../../src/connection/sentinel/connections.ts';
import { CLOSED } from '../../../../src/failures/failure.ts';
import { settingsOf } from '../../../../src/options/settings.ts';
import type { ResilienceEvent } from '../../../../src/telemetry/events.ts';
import { EventHub } from '../../../../src/telemetry/hub.ts';
import { callOf, OutcomeRecorder } from '../call-of.ts';
import { ErrorReply, nothing } from '../client-stand-in.ts';
import { pass } from '../supervised.ts';
import { SentinelSite } from './sentinel-stand-in.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function followed(site = new SentinelSite(), clientOptions: object = {}) {
  const hub = new EventHub('test');
  const events: ResilienceEvent[] = [];
  hub.subscribe((event) => events.push(event));
  const heard: string[] = [];
  const restated: unknown[][] = [];
  let closed = 0;
  const connections = sentinelConnections({
    template: site.template(clientOptions),
    settings: settingsOf({
      connection: {
        ...{ connectMs: 1_000, silenceMs: 500, heartbeatMs: 2_000 },
        ...{ baseDelayMs: 20, maxDelayMs: 100 },
      },
    }),
    hub,
    restate: (...event) => restated.push(event),
    onClosed: () => closed++,
  });
  connections.line.listen({
    onAvailable: () => heard.push('available'),
    onUnavailable: ({ message }) => heard.push(`unavailable: ${message}`),
    onConnectFailed: ({ message }, refused) => heard.push(`failed: ${message} ${refused}`),
    onAbandoned: ({ message }) => heard.push(`abandoned: ${message}`),
  });
  const changes = () => restated.filter(([event]) => event === 'topology-change');
  return { site, connections, heard, events, changes, closed: () => closed };
}

/** Two sentinels that lead to the same master, to which it is connected. */
async function connected(clientOptions?: object) {
  const all = followed(undefined, clientOptions);
  all.site.sentinels.set(26_001, { master: 7_001, others: [26_002], replicas: [7_002] });
  all.site.sentinels.set(26_002, { master: 7_001, others: [26_001] });
  all.connections.open();
  await pass(5);
  return all;
}

describe('a sentinel that is opened', () => {
  it('is asked for the master, and never connected itself', async () => {
    const { site, connections, heard, changes } = await connected();
    expect(connections.line.available).toBeDefined();
    expect([site.at(7_001).length, site.at(26_001).length]).toEqual([1, 0]);
    expect(heard).toEqual(['unavailable: There is no connection yet', 'available']);
    expect(changes()).toEqual([
      ['topology-change', { type: 'MASTER_CHANGE', node: { host: '127.0.0.1', port: 7_001 } }],
    ]);
    expect(connections.address).toBe('127.0.0.1:26001, 127.0.0.1:26002');
    expect(connections.nodes).toEqual({
      master: { host: '127.0.0.1', port: 7_001 },
      sentinel: { host: '127.0.0.1', port: 26_001 },
      replicas: new Map([[{ host: '127.0.0.1', port: 7_002 }, 0]]),
    });
    connections.close(CLOSED);
    expect(connections.nodes?.master).toBeUndefined();
  });

  it('sends calls to the master', async () => {
    const { site, connections } = await connected();
    const outcome = new OutcomeRecorder();
    connections.line.available!.dispatch(callOf('GET k'), outcome);
    expect(connections.inFlight).toBe(1);
    await pass(0);
    expect([outcome.told.at(-1), site.at(7_001)[0]!.asked.at(-1)]).toEqual(['GET: PONG', 'GET k']);
    connections.close(CLOSED);
  });

  it.each([
    { title: 'refuses', first: undefined, tookMs: 5 },
    { title: 'is frozen', first: 'frozen', tookMs: 105 },
    { title: 'has never heard of the master', first: { master: undefined }, tookMs: 5 },
    { title: 'answers with an error', first: new ErrorReply('ERR no'), tookMs: 5 },
  ] as const)('goes on to the next where the first $title', async ({ first, tookMs }) => {
    const { site, connections } = followed();
    if (first) site.sentinels.set(26_001, first);
    site.sentinels.set(26_002, { master: 7_001 });
    connections.open();
    await pass(tookMs);
    expect(connections.line.available).toBeDefined();
    expect(connections.nodes?.sentinel).toEqual({ host: '127.0.0.1', port: 26_002 });
    connections.close(CLOSED);
  });

  it('says what each of them said where none leads there', async () => {
    const { site, connections, heard } = followed();
    site.sentinels.set(26_002, new ErrorReply('LOADING wait for "secret"'));
    connections.open();
    await pass(2);
    expect(heard[1]).toContain(
      "None of these sentinels leads to the master 'mymaster' (ECONNREFUSED, LOADING) false",
    );
    expect(connections.line.lastFailure).toMatchObject({
      kind: 'transport',
      execution: 'not-sent',
      address: '127.0.0.1:26001, 127.0.0.1:26002',
      cause: { code: 'ECONNREFUSED' },
    });
    connections.close(CLOSED);
  });

  it('does not wait for sentinels that say nothing', async () => {
    const { site, connections, heard } = followed();
    site.sentinels.set(26_001, 'frozen').set(26_002, 'frozen');
    connections.open();
    await pass(699);
    expect(heard).toHaveLength(1);
    await pass(2);
    expect(heard[1]).toContain('(no answer, no answer)');
    connections.close(CLOSED);
  });

  it.each([
    {
      title: 'the sentinels refuse the password',
      says: new ErrorReply('NOAUTH Authentication required.'),
      failure: { kind: 'auth' },
    },
    {
      title: 'none of them knows the master',
      says: { master: undefined },
      failure: { kind: 'transport', endedBy: 'server' },
    },
  ])('fails those who wait where $title', async ({ says, failure }) => {
    const { site, connections, heard } = followed();
    site.sentinels.set(26_001, says).set(26_002, says);
    connections.open();
    await pass(2);
    expect(connections.line.lastFailure).toMatchObject(failure);
    expect(heard.some((one) => one.startsWith('abandoned'))).toBe(true);
    connections.close(CLOSED);
  });

  it('lets those wait on whom one sentinel could still help', async () => {
    const { site, connections, heard } = followed();
    site.sentinels.set(26_001, { master: undefined });
    connections.open();
    await pass(2);
    expect(heard[1]).toContain('(knows no master of this name, ECONNREFUSED) false');
    expect(heard).toHaveLength(2);
    connections.close(CLOSED);
  });

  it('makes do with a sentinel that tells of nobody else', async () => {
    const { site, connections } = followed();
    site.sentinels.set(26_001, { master: 7_001 });
    const { answering } = site.clients;
    site.clients.answering = (command, client) =>
      command[1] === 'REPLICAS' || command[1] === 'SENTINELS'
        ? Promise.resolve(null)
        : answering(command, client);
    expect(connections.nodes?.replicas.size).toBe(0);
    connections.open();
    await pass(5);
    expect(connections.line.available).toBeDefined();
    expect(connections.nodes?.replicas.size).toBe(0);
    connections.close(CLOSED);
  });

  it('reaches everybody where the map of addresses says', async () => {
    const { site, connections } = followed(undefined, {
      nodeAddressMap: (name: string) =>
        name === '127.0.0.1:7001' ? { host: 'proxy', port: 1 } : undefined,
    });
    site.sentinels.set(26_001, { master: 7_001, replicas: [7_002] });
    connections.open();
    await pass(5);
    expect([site.at(1).length, site.at(7_001).length]).toEqual([1, 0]);
    expect(connections.nodes?.master).toEqual({ host: 'proxy', port: 1 });
    connections.close(CLOSED);
  });

  it('makes its connections with the options for them', async () => {
    const clientSideCache = {};
    const { site, connections } = await connected({
      RESP: 3,
      keyPrefix: 'app:',
      nodeClientOptions: { password: 'secret', socket: { noDelay: false } },
      sentinelClientOptions: { password: 'other', socket: { keepAlive: false } },
      clientSideCache,
    });
    const [master] = site.at(7_001);
    expect(master!.options).toMatchObject({
      ...{ RESP: 3, keyPrefix: 'app:', password: 'secret' },
      socket: { noDelay: false, host: '127.0.0.1', port: 7_001 },
    });
    const asked = site.clients.clients.find(({ options }) => options.socket?.port === 26_001)!;
    expect(asked.options).toMatchObject({
      ...{ RESP: 2, password: 'other' },
      socket: { keepAlive: false, reconnectStrategy: false, connectTimeout: 1_000 },
      maintNotifications: 'disabled',
    });
    expect(asked.options).not.toHaveProperty('keyPrefix');
    connections.close(CLOSED);
  });
});

describe('a master', () => {
  it('that says it is none is not connected to', async () => {
    const { site, connections, heard } = followed();
    site.sentinels.set(26_001, { master: 7_001 });
    site.roles.set(7_001, 'slave');
    connections.open();
    await pass(5);
    expect(heard[1]).toContain('The sentinels lead to a slave, not to the master');
    site.roles.set(7_001, 'master');
    await pass(200);
    expect(connections.line.available).toBeDefined();
    connections.close(CLOSED);
  });

  it('that may not be asked is taken for one', async () => {
    const { site, connections } = followed();
    site.sentinels.set(26_001, { master: 7_001 });
    site.roles.set(7_001, new ErrorReply('NOPERM no'));
    connections.open();
    await pass(5);
    expect(connections.line.available).toBeDefined();
    connections.close(CLOSED);
  });

  it('that is frozen is left as soon as the sentinels name another', async () => {
    const { site, connections } = followed();
    const { connecting } = site.clients;
    site.clients.connecting = (client) =>
      client.options.socket.port === 7_001 ? nothing() : connecting(client);
    site.sentinels.set(26_001, { master: 7_001 });
    connections.open();
    await pass(250);
    expect(connections.line.available).toBeUndefined();
    site.sentinels.set(26_001, { master: 7_002 });
    await pass(300);
    expect(connections.line.available).toBeDefined();
    expect(site.at(7_002)).toHaveLength(1);
    connections.close(CLOSED);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that is lost is replaced by the one that they name then', async () => {
    const { site, connections, changes } = await connected();
    site.sentinels.set(26_001, { master: 7_002 }).set(26_002, { master: 7_002 });
    site.at(7_001)[0]!.lose();
    await pass(100);
    expect([site.at(7_001).length, site.at(7_002).length]).toEqual([0, 1]);
    expect(changes()).toHaveLength(2);
    connections.close(CLOSED);
  });

  it('that stays, cut off from the others, is left within two looks', async () => {
    const { site, connections, changes } = await connected();
    site.sentinels.set(26_001, { master: 7_002 }).set(26_002, { master: 7_002 });
    await pass(1_990);
    expect(site.at(7_001)).toHaveLength(1);
    await pass(100);
    expect([site.at(7_001).length, site.at(7_002).length]).toEqual([0, 1]);
    expect(changes()).toHaveLength(2);
    connections.close(CLOSED);
  });

  it('is kept while the sentinels are away or name the same', async () => {
    const { site, connections, changes } = await connected();
    const [client] = site.at(7_001);
    await pass(4_500);
    site.sentinels.clear();
    await pass(4_500);
    expect(site.at(7_001)).toEqual([client]);
    expect(changes()).toHaveLength(1);
    connections.close(CLOSED);
    await pass(10_000);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the sentinels', () => {
  it('that answer tell of others, which are asked when those are gone', async () => {
    const { site, connections } = followed();
    site.sentinels.set(26_001, { master: 7_001, others: [26_003] });
    connections.open();
    await pass(5);
    site.sentinels.clear();
    site.sentinels.set(26_003, { master: 7_002 });
    site.at(7_001)[0]!.lose();
    await pass(200);
    expect(site.at(7_002)).toHaveLength(1);
    connections.close(CLOSED);
  });

  it('that led to a demoted master are asked last, and the one that led to the master first', async () => {
    const { site, connections } = followed();
    site.sentinels.set(26_001, { master: 7_001 }).set(26_002, { master: 7_002 });
    site.roles.set(7_001, 'slave');
    connections.open();
    await pass(100);
    expect(site.at(7_002)).toHaveLength(1);
    const asked = () =>
      site.clients.clients.flatMap(({ options }) =>
        options.socket?.port > 26_000 ? [options.socket.port as number] : [],
      );
    expect(asked()).toEqual([26_001, 26_002]);
    site.at(7_002)[0]!.lose();
    await pass(100);
    expect(asked()).toEqual([26_001, 26_002, 26_002]);
    connections.close(CLOSED);
  });
});

describe('the messages of a sentinel', () => {
  it('come over a connection of their own to the master', async () => {
    const { site, connections } = await connected();
    const subscriber = connections.subscriber('CHANNELS');
    expect(subscriber.opening).toBeInstanceOf(Promise);
    subscriber.subscriptions.add('CHANNELS', 'news', vi.fn());
    await pass(5);
    expect(site.at(7_001)).toHaveLength(2);
    await subscriber.opening;
    expect(connections.subscriber('CHANNELS').opening).toBeUndefined();
    expect(connections.isSubscribed).toBe(true);
    connections.close(CLOSED);
    expect(site.clients.clients.some(({ isReady }) => isReady)).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that were subscribed to before are received from the start', async () => {
    const all = followed();
    all.site.sentinels.set(26_001, { master: 7_001 });
    const { subscriptions, opening } = all.connections.subscriber('CHANNELS');
    subscriptions.add('CHANNELS', 'news', vi.fn());
    expect(opening).toBeUndefined();
    all.connections.open();
    await pass(10);
    expect(
      all.site
        .at(7_001)
        .map(({ subscribed }) => subscribed.size)
        .sort(),
    ).toEqual([0, 1]);
    all.connections.close(CLOSED);
    expect([
      all.closed(),
      all.events.filter(({ type }) => type === 'client.closed').length,
    ]).toEqual([1, 1]);
  });
});

describe('what is made from a sentinel', () => {
  it('are connections to the master: for blocking commands, and for leases', async () => {
    const { site, connections } = await connected();
    const separate = await connections.separate({ onFree: vi.fn(), onLost: vi.fn() });
    expect([separate.isReady, site.at(7_001).length]).toEqual([true, 2]);
    separate.drop(CLOSED);
    const { template, connect } = connections.lease!;
    const leased = connect({
      template,
      settings: settingsOf({}),
      hub: new EventHub('lease'),
      restate: () => undefined,
      onClosed: () => undefined,
    });
    leased.open();
    await pass(5);
    expect(site.at(7_001)).toHaveLength(2);
    leased.close(CLOSED);
    connections.close(CLOSED);
  });
});
