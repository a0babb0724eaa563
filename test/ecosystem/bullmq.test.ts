import { Queue, QueueEvents, Worker } from 'bullmq';
import { expect } from 'vitest';
import { isOutage } from 'redis-resilience';
import { workWithRedis } from './conditions.ts';

interface Crew {
  readonly queue: Queue;
  readonly events: QueueEvents;
  /** How often each job was processed, by its id. */
  readonly processed: Map<string, number>;
}

workWithRedis<Crew>({
  installedAs: 'bullmq',
  majors: [5, 6],
  outage: '`queue.add()` rejects; the worker goes on afterwards, each job once',
  async start(connection, { onTestFinished }) {
    const options = { connection: connection as never };
    const processed = new Map<string, number>();
    const worker = new Worker(
      'jobs',
      ({ id = '', data }) => {
        processed.set(id, (processed.get(id) ?? 0) + 1);
        return Promise.resolve({ doubled: data.number * 2 });
      },
      // A worker that met an error takes 15 s until it looks again.
      { ...options, runRetryDelay: 100, drainDelay: 1 },
    );
    const queue = new Queue('jobs', options);
    const events = new QueueEvents('jobs', options);
    for (const part of [worker, queue, events]) part.on('error', () => undefined);
    onTestFinished(async () => {
      await Promise.all([worker.close(), queue.close(), events.close()]);
    });
    await Promise.all([worker.waitUntilReady(), queue.waitUntilReady(), events.waitUntilReady()]);
    return { queue, events, processed };
  },
  async works({ queue, events, processed }) {
    const jobs = await queue.addBulk(
      [1, 2, 3].map((number) => ({ name: 'double', data: { number } })),
    );
    const results = await Promise.all(jobs.map((job) => job.waitUntilFinished(events, 10_000)));
    expect(results).toEqual([{ doubled: 2 }, { doubled: 4 }, { doubled: 6 }]);
    expect(jobs.map(({ id = '' }) => processed.get(id))).toEqual([1, 1, 1]);
  },
  async away({ queue }) {
    await expect(queue.add('double', { number: 1 })).rejects.toSatisfy(isOutage);
  },
});
