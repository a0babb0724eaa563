/* Started by `growth.ts`: what commands, clients, views and listeners cost, each many times. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ResilienceOptions } from 'redis-resilience';
import { majors } from '../support/clients.ts';
import { answer, type Task } from './apart.ts';
import type { Growth } from './growth.ts';
import { liveBytes } from './live-bytes.ts';
import { bareClient, wrappedClient } from './subjects.ts';

/** Whose server it is. */
export interface GrowthTask extends Task {
  readonly pid: number;
}

/** Waits as long as it takes, and lets wait what is wanted. */
const PATIENT: ResilienceOptions = {
  timeout: { attemptMs: 600_000, totalMs: 600_000 },
  bulkhead: { maxInFlight: 100_000, maxWaiting: 100_000, maxWaitingOffline: 100_000 },
  breaker: { disconnectedMs: 600_000 },
  connection: { silenceMs: 600_000, heartbeatMs: 600_000 },
};

const COMMANDS = 20_000;
const IN_FLIGHT = 100;
const CALLS = 40_000;

const [version] = majors;
if (!version) throw new Error('There is no redis 4');

type Get = (key: string) => Promise<unknown>;

// Nobody waits for the commands whose memory is measured: to wait takes some of its own.
process.on('unhandledRejection', () => undefined);

answer<GrowthTask, Growth>(async ({ port, pid }, ready) => {
  ready();
  const perClients = [];
  let heapPerClient = 0;
  const before = liveBytes();
  const bares = await Promise.all(Array.from({ length: 100 }, () => bareClient(version, port)));
  const heapPerClientBare = (liveBytes() - before) / bares.length;
  for (const bare of bares) await bare['disconnect']();
  for (const clients of [1, 10, 100]) {
    const before = liveBytes();
    const wrapped = await Promise.all(
      Array.from({ length: clients }, () => wrappedClient(version, port)),
    );
    await sleep(50);
    heapPerClient = (liveBytes() - before) / clients;
    perClients.push({
      clients,
      cpuUs: await cpuOf(wrapped.map((redis) => (key) => redis.get(key))),
    });
    for (const redis of wrapped) await redis.resilience.shutdown();
  }

  const redis = await wrappedClient(version, port, PATIENT);
  const perViews = [];
  for (const views of [1, 1_000]) {
    const gets = Array.from({ length: views }, (): Get => {
      const view = redis.resilience.with({ timeout: { totalMs: 599_999 } });
      return (key) => view.get(key);
    });
    perViews.push({ views, cpuUs: await cpuOf(gets) });
  }
  const perListeners = [];
  for (const listeners of [0, 10]) {
    for (let index = 0; index < listeners; index++) {
      redis.resilience.on('circuit.opened', () => undefined);
    }
    perListeners.push({ listeners, cpuUs: await cpuOf([(key) => redis.get(key)]) });
  }

  const other = await wrappedClient(version, port, PATIENT);
  const bare = await bareClient(version, port);
  process.kill(pid, 'SIGSTOP');
  const bytesPerInFlight = await bytesPer((key) => redis.get(key));
  // Its calls would be tried again beside those that are measured next.
  await redis.resilience.shutdown({ drainMs: 0 });
  process.kill(pid, 'SIGKILL');
  // Until the others have noticed.
  await sleep(200);
  const bytesPerWaiting = await bytesPer((key) => other.get(key));
  const bytesPerWaitingBare = await bytesPer((key) => bare.get(key));
  return {
    ...{ bytesPerWaiting, bytesPerInFlight, bytesPerWaitingBare },
    ...{ perClients, heapPerClient, heapPerClientBare, perViews, perListeners },
  };
});

/** CPU per call in µs, with the calls spread over several ways to make one. */
async function cpuOf(gets: readonly Get[]): Promise<number> {
  const run = async (calls: number) => {
    let left = calls;
    const caller = async (_: unknown, index: number) => {
      while (left-- > 0) await gets[(left + index) % gets.length]?.('key');
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, caller));
  };
  await run(CALLS);
  const before = process.cpuUsage();
  await run(CALLS);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CALLS;
}

/** Heap per command that is not settled. */
async function bytesPer(get: Get): Promise<number> {
  const unsettled: Promise<unknown>[] = [];
  const call = () => {
    unsettled.push(get('key'));
  };
  // The first one makes what all share.
  call();
  await sleep(10);
  const before = liveBytes();
  for (let left = COMMANDS; left > 0; left--) call();
  await sleep(50);
  return (liveBytes() - before) / COMMANDS;
}
