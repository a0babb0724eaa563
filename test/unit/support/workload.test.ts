import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { majors } from '../../support/clients.ts';
import type { AnyClient } from '../../support/clients.ts';
import { RedisServer } from '../../support/redis-server.ts';
import { Workload } from '../../support/workload.ts';
import type { Subject } from '../../support/workload.ts';

const quick = { ratePerSecond: 1_000, maxCalls: 90 };
const each = quick.maxCalls / 3;

let server: RedisServer;
let client: AnyClient;

beforeAll(async () => {
  server = await RedisServer.start();
  client = majors[0]!.createClient({ url: server.url });
  await client.connect();
});

afterAll(async () => {
  await client['disconnect']();
  await server.stop();
});

beforeEach(async () => {
  await server.command('FLUSHALL');
});

/** Runs all calls against the client with some of its commands replaced. */
async function run(replaced: Partial<Subject> = {}): Promise<Workload> {
  const workload = new Workload(
    {
      get: (key) => client.get(key),
      set: (key, value) => client.set(key, value),
      incr: (key) => client.incr(key),
      ...replaced,
    },
    quick,
  );
  await workload.prepare(server);
  workload.start();
  for (let turn = 0; turn < 100 && workload.report().issued < quick.maxCalls; turn++)
    await sleep(5);
  await workload.settle(200);
  return workload;
}

test('finds nothing amiss with a bare client on a healthy server', async () => {
  const audit = await (await run()).audit(server);
  expect(audit).toMatchObject({
    issued: quick.maxCalls,
    answered: quick.maxCalls,
    failed: 0,
    pending: 0,
    wrong: 0,
    executedTwice: 0,
    lost: 0,
    ghosts: { denied: 0, unknown: 0 },
  });
  expect(audit.longestMs).toBeGreaterThan(0);
});

test('sees an INCR that is executed twice', async () => {
  const incr = async (key: string) => {
    const reply = await client.incr(key);
    await client.incr(key);
    return reply as unknown;
  };
  expect(await (await run({ incr })).audit(server)).toMatchObject({
    executedTwice: each,
    wrong: 0,
  });
});

test('sees a wrong answer', async () => {
  const workload = await run({
    get: (key) => client.get(key === 'workload:get:3' ? 'workload:get:0' : key),
  });
  expect(workload.report()).toMatchObject({ answered: quick.maxCalls, wrong: 1 });
  expect(workload.report().calls[3]).toMatchObject({ wrong: true, reply: 'value-of-workload-0' });
});

test('sees an answered write whose effect is gone', async () => {
  const workload = await run();
  await server.command('DEL', 'workload:set:1', 'workload:incr:2', 'workload:get:3');
  await server.command('SET', 'workload:set:4', 'value-of-workload-5');
  expect((await workload.audit(server)).lost).toBe(3);
});

test('sees a call that never settles', async () => {
  const workload = await run({ get: () => new Promise(() => undefined) });
  expect(workload.report()).toMatchObject({ pending: each, answered: 2 * each });
  expect(workload.report().longestMs).toBeGreaterThan(200);
});

test('sees failed writes that were executed, and whether the error denied it', async () => {
  const failAfter = async (executed: Promise<unknown>, execution: string) => {
    await executed;
    throw Object.assign(new Error('failed'), { kind: 'timeout', execution });
  };
  const workload = await run({
    get: (key) => failAfter(client.get(key), 'not-executed'),
    set: (key, value) => failAfter(client.set(key, value), 'not-executed'),
    incr: (key) => failAfter(client.incr(key), 'unknown'),
  });
  const audit = await workload.audit(server);
  expect(audit).toMatchObject({ failed: quick.maxCalls, answered: 0, lost: 0 });
  expect(audit.ghosts).toEqual({ denied: each, unknown: each });
  const error = { kind: 'timeout', execution: 'unknown', message: 'failed' };
  expect(audit.calls[2]?.error).toEqual(error);
});

test('a failed write that was not executed is no ghost, be it thrown at once', async () => {
  const incr = (): never => {
    throw new Error('refused');
  };
  const audit = await (await run({ incr })).audit(server);
  expect(audit).toMatchObject({ failed: each, ghosts: { denied: 0, unknown: 0 } });
});

test('measures the time to the first success of a call issued later', async () => {
  const recoversAt = performance.now() + 60;
  const slowly = async () => {
    await sleep(20);
    return 1;
  };
  const incr = () => (performance.now() < recoversAt ? Promise.reject(new Error()) : slowly());
  const refused = () => Promise.reject(new Error('refused'));
  const report = (await run({ incr, get: refused, set: refused })).report();
  expect(report.firstSuccessAfter(recoversAt)).toBeGreaterThanOrEqual(18);
  expect(report.firstSuccessAfter(recoversAt)).toBeLessThan(60);
  expect(report.firstSuccessAfter(performance.now())).toBeUndefined();
});

test('keeps its rate while nothing is answered', async () => {
  const never = () => new Promise(() => undefined);
  const workload = new Workload({ get: never, set: never, incr: never }, { ratePerSecond: 500 });
  workload.start();
  await sleep(300);
  workload.stop();
  const { issued, pending } = workload.report();
  expect(pending).toBe(issued);
  expect(issued).toBeGreaterThan(120);
  expect(issued).toBeLessThan(200);
});
