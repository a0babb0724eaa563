import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { CircuitOpenError, resilient, type Resilient } from 'redis-resilience';
import { treatmentOf } from '../../src/facade/facade.ts';
import { PASSED_BY } from '../../src/facade/passed-by.ts';
import type { AnyClient } from '../support/clients.ts';
import { BEHAVIOURS } from './carried.ts';
import { deployments, type Kind, type Servers } from './kinds.ts';
import { memberNames, symbolMethods } from './members.ts';

type Wrapped = Resilient<AnyClient>;

/** Members that send nothing themselves: what the first command sent through them is. */
const LEADS_TO: Readonly<Record<string, (redis: Wrapped) => unknown>> = {
  multi: (redis) => redis.multi().get('k').exec(),
  MULTI: (redis) => redis['MULTI']().get('k').execAsPipeline(),
  withCommandOptions: (redis) => redis['withCommandOptions']({}).get('k'),
  withTypeMapping: (redis) => redis['withTypeMapping']({}).get('k'),
  withAbortSignal: (redis) => redis['withAbortSignal'](new AbortController().signal).get('k'),
  asap: (redis) => redis['asap']().get('k'),
  legacy: (redis) => called((callback) => redis['legacy']().get('k', callback)),
};

/** Members that give other clients away, and what shows whether those are guarded too. */
const OFFSPRING: Readonly<Record<string, (redis: Wrapped) => unknown>> = {
  duplicate: (redis) => heldOpen(redis.duplicate()),
  executeIsolated: (redis) => redis['executeIsolated'](heldOpen),
  createPool: (redis) => heldOpen(redis['createPool']()),
  use: (redis) => redis['use'](heldOpen),
  async acquire(redis) {
    const leased: Wrapped = await redis['acquire']();
    try {
      return await heldOpen(leased);
    } finally {
      await leased['release']();
    }
  },
};

/** Asks something of a client that has been isolated, where it is one that can be. */
function heldOpen(redis: AnyClient & Partial<Pick<Wrapped, 'resilience'>>): Promise<unknown> {
  redis.resilience?.isolate();
  return redis.get('k');
}

function called(run: (callback: (error: unknown, reply: unknown) => void) => void) {
  return new Promise((resolve, reject) => {
    run((error, reply) => {
      if (error instanceof Error) reject(error);
      else resolve(reply);
    });
  });
}

/** Every way to send a command through a guarded member. */
function* waysThrough(redis: Wrapped, name: string): Iterable<[string, () => unknown]> {
  const member: unknown = redis[name];
  const leadsTo = LEADS_TO[name];
  if (leadsTo) {
    yield [name, () => leadsTo(redis)];
  } else if (name.endsWith('Iterator')) {
    yield [name, () => redis[name]('k')[Symbol.asyncIterator]().next()];
  } else if (typeof member === 'function') {
    yield [name, () => member()];
  } else {
    const namespace = member as Record<string, () => unknown>;
    for (const method of memberNames(namespace)) {
      if (method === 'constructor' || typeof namespace[method] !== 'function') continue;
      yield [`${name}.${method}`, () => namespace[method]?.()];
    }
  }
}

const ALL_KINDS = deployments.flatMap(({ kinds }) => kinds);

const membersTreated = (client: AnyClient, treatment: string | undefined) =>
  memberNames(client).filter((name) => treatmentOf(client as never, name) === treatment);

/** What this test, routers and every server ask by themselves. */
const OWN_COMMANDS = ['info', 'ping', 'replconf', 'cluster|slots'];

/** How often each command was executed, apart from those that nobody sends through the client. */
function executed({ servers, amongThemselves = [] }: Servers) {
  const ignored = [...OWN_COMMANDS, ...amongThemselves].map((name) => `cmdstat_${name}:`);
  return Promise.all(
    servers.map(async (server) => {
      const stats = await server.command('INFO', 'commandstats');
      const counts = stats.match(/cmdstat_[^:]+:calls=\d+/g) ?? [];
      return counts.filter((count) => !ignored.some((name) => count.startsWith(name)));
    }),
  );
}

describe.each(deployments)('with $name', ({ start, kinds }) => {
  let running: Servers;

  beforeAll(async () => {
    running = await start();
    return () => running.stop();
  });

  describe.each(kinds)('$name', (kind) => {
    walk(kind, () => running);
  });
});

function walk(kind: Kind, running: () => Servers): void {
  const wrapped = ({ onTestFinished }: TestContext) => {
    const client = kind.create(running().seeds);
    const redis: Wrapped = resilient(client, { logger: false });
    onTestFinished(() => redis.resilience.shutdown({ drainMs: 0 }));
    return { client, redis };
  };

  it('has no member that is unaccounted for', () => {
    const client = kind.create(running().seeds);
    const counts = Object.fromEntries(
      ['guarded', 'carried', 'passed-by', 'internal'].map((treatment) => [
        treatment,
        membersTreated(client, treatment).length,
      ]),
    );
    const members = memberNames(client).length;
    console.log(`${kind.name}: ${members} members, ${JSON.stringify(counts)}`);
    expect(membersTreated(client, undefined)).toEqual([]);
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(members);
    expect(symbolMethods(client).map(String)).toEqual([]);
  });

  it('sends nothing through any guarded member while the circuit is open', async (test) => {
    const { client, redis } = wrapped(test);
    await redis.connect();
    // One key of each shard, so that nothing is connecting any more.
    await Promise.all(['a', 'b', 'c'].map((key) => redis.get(key)));
    redis.resilience.isolate();
    const before = await executed(running());
    const sent: string[] = [];
    let ways = 0;
    for (const name of membersTreated(client, 'guarded')) {
      if (name in OFFSPRING) continue;
      for (const [way, call] of waysThrough(redis, name)) {
        ways++;
        const outcome: unknown = await Promise.resolve(call()).catch((error: unknown) => error);
        if (!(outcome instanceof CircuitOpenError)) sent.push(`${way}: ${String(outcome)}`);
      }
    }
    expect(sent).toEqual([]);
    expect(ways).toBeGreaterThan(kind.ways);
    expect(await executed(running())).toEqual(before);
  });

  it('gives away guarded clients, and others only where it says so', async (test) => {
    const { client, redis } = wrapped(test);
    await redis.connect();
    for (const [name, through] of Object.entries(OFFSPRING)) {
      if (!(name in client)) continue;
      const outcome: unknown = await Promise.resolve(through(redis)).catch(
        (error: unknown) => error,
      );
      if (treatmentOf(client as never, name) === 'passed-by') expect(outcome, name).toBeNull();
      else expect(outcome, name).toBeInstanceOf(CircuitOpenError);
    }
  });

  it('answers itself, across connections, for what it carries', async (test) => {
    const { client, redis } = wrapped(test);
    await redis.connect();
    const carried = membersTreated(client, 'carried').sort();
    expect(carried).toEqual(
      Object.keys(BEHAVIOURS)
        .filter((name) => name in client)
        .sort(),
    );
    const scene = { ...kind, ...running(), redis };
    for (const name of carried) await BEHAVIOURS[name]?.({ ...scene, name });
    expect(client.isOpen).toBe(kind.kept ?? false);
  });

  it('leaves to the client what it says why it does not guard', (test) => {
    const { client, redis } = wrapped(test);
    for (const name of membersTreated(client, 'passed-by')) {
      expect(PASSED_BY[name]).toMatch(/\w+ \w+/);
      if (name in OFFSPRING) continue;
      const answers = [client, redis].map((one) => {
        try {
          return one[name] as unknown;
        } catch (error) {
          return String(error);
        }
      });
      expect(answers[1], name).toBe(answers[0]);
    }
  });

  it('lets nobody call its inner workings', (test) => {
    const { client, redis } = wrapped(test);
    for (const name of membersTreated(client, 'internal')) {
      if (name === '_self') expect(redis[name]).toBe(redis);
      else if (typeof client[name] !== 'function') expect(redis[name]).toBe(client[name]);
      else
        expect(() => redis[name](), name).toThrow(
          new TypeError(`Cannot use ${name}() of a wrapped client: it is not guarded`),
        );
    }
  });
}

describe('a member that a newer client brings', () => {
  const create = () => ALL_KINDS[0]!.create([]);

  it('is refused where it is a method, and read where it is not', (test) => {
    const client = create();
    const prototype = Object.getPrototypeOf(Object.getPrototypeOf(client)) as object;
    const added = { brandNew: () => 'unguarded', newState: 7 };
    Object.assign(prototype, added);
    test.onTestFinished(() => {
      for (const name of Object.keys(added)) Reflect.deleteProperty(prototype, name);
    });
    const redis: Wrapped = resilient(client, { logger: false });
    expect(treatmentOf(client as never, 'brandNew')).toBeUndefined();
    expect(() => redis['brandNew']()).toThrow('Cannot use brandNew() of a wrapped client');
    expect(redis['newState']).toBe(7);
  });

  it('stays as it is where the user put it there', () => {
    const client = create();
    client['before'] = () => 'put onto the client';
    const redis: Wrapped = resilient(client, { logger: false });
    redis['after'] = () => 'put onto the wrapper';
    Object.assign(redis, { get: () => 'stubbed' });
    expect([redis['before'](), redis['after'](), redis.get('k')]).toEqual([
      'put onto the client',
      'put onto the wrapper',
      'stubbed',
    ]);
  });
});

it('passes nothing by that no client has', () => {
  const clients = ALL_KINDS.map((kind) => kind.create([]));
  const stale = Object.keys(PASSED_BY).filter((name) => !clients.some((one) => name in one));
  expect(stale).toEqual([]);
});
