import { Queue, Worker } from 'bullmq';
import { describe, expect, it, vi } from 'vitest';
import { isOutage } from 'redis-resilience';
import { connected, server } from '../integration/wrapped.ts';
import { majors } from '../support/clients.ts';
import { IN_HEALTH, PATIENCE, workWithRedis } from './conditions.ts';

interface Crew {
  readonly queue: Queue;
  /** The numbers that were doubled, in their order. */
  readonly doubled: number[];
}

let numbers = 0;

workWithRedis<Crew>({
  installedAs: 'bullmq',
  majors: [5, 6],
  outage: '`queue.add()` rejects; the worker goes on afterwards, each job once',
  // It loads sixty scripts over each of its three connections.
  timeout: { attemptMs: 2_500, totalMs: 3_000 },
  async start(connection, { onTestFinished }) {
    const options = { connection: connection as never };
    const doubled: number[] = [];
    const worker = new Worker(
      'jobs',
      ({ data: { number } }) => {
        doubled.push(number);
        return Promise.resolve(number * 2);
      },
      // A worker that met an error takes 15 s until it looks again.
      { ...options, runRetryDelay: 100, drainDelay: 1 },
    );
    const queue = new Queue('jobs', options);
    worker.on('error', ignore);
    queue.on('error', ignore);
    onTestFinished(async () => {
      await Promise.all([worker.close(), queue.close()]);
    });
    await Promise.all([worker.waitUntilReady(), queue.waitUntilReady()]);
    return { queue, doubled };
  },
  async works({ queue, doubled }) {
    const wanted = [++numbers, ++numbers, ++numbers];
    // Not `addBulk`: with node-redis it asks for scripts that a server forgets when it restarts.
    const jobs = await Promise.all(wanted.map((number) => queue.add('double', { number })));
    await vi.waitFor(async () => {
      const finished = await Promise.all(jobs.map(({ id = '' }) => queue.getJob(id)));
      expect(finished.map((job) => job?.returnvalue)).toEqual(wanted.map((number) => number * 2));
    }, PATIENCE);
    expect(doubled.filter((number) => wanted.includes(number))).toHaveLength(wanted.length);
  },
  async away({ queue }) {
    await expect(queue.add('double', { number: 1 })).rejects.toSatisfy(isOutage);
  },
});

describe('jobs across a restart of Redis', () => {
  it.concurrent.for(majors.filter(({ major }) => major >= 5))(
    'are each done once with $name, also one that was under way',
    async (version, test) => {
      const control = await server(test, { args: ['--appendonly', 'yes'] });
      // A server that reads its file answers LOADING for a while.
      const retry = { maxAttempts: 20 };
      const redis = await connected(test, version, control.port, { ...IN_HEALTH, retry });
      let go = ignore;
      const restarted = new Promise<void>((resolve) => (go = resolve));
      const done: string[] = [];
      const connection = redis as never;
      const worker = new Worker(
        'jobs',
        async ({ name }) => {
          if (name === 'under way') await restarted;
          done.push(name);
        },
        { connection, runRetryDelay: 100 },
      );
      const queue = new Queue('jobs', { connection });
      worker.on('error', ignore);
      queue.on('error', ignore);
      await queue.add('before', {});
      await queue.add('under way', {});
      // The one that is active may still be the first: a completion that is cut off is found 30 s later.
      await test.expect.poll(() => queue.getCompletedCount(), PATIENCE).toBe(1);
      await test.expect.poll(() => queue.getActiveCount(), PATIENCE).toBe(1);
      await control.kill();
      const held = queue.add('meanwhile', {});
      await control.restart();
      go();
      await held;
      await queue.add('after', {});
      await test.expect.poll(() => queue.getCompletedCount(), PATIENCE).toBe(4);
      test.expect(done.toSorted()).toEqual(['after', 'before', 'meanwhile', 'under way']);
      await worker.close();
      await queue.close();
    },
  );
});

function ignore(): void {
  // What a connection meets is told by what it does to the calls.
}
