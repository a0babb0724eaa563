/* A BullMQ worker across a restart of Redis: every job that was taken in is done once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import { createClient } from 'redis';
import { resilient } from 'redis-resilience';
import { RedisServer } from '../test/support/redis-server.ts';

// Jobs must outlive a restart of the server, so it writes them to disk.
const server = await RedisServer.start({ args: ['--appendonly', 'yes'] });
// Nobody waits for a job: a call may take longer here than where it answers a request.
const redis = resilient(createClient({ url: server.url }), { preset: 'patient', logger: false });
await redis.connect();

const done: string[] = [];
const worker = new Worker(
  'mail',
  ({ data }) => {
    done.push(String(data.to));
    return Promise.resolve();
  },
  // The worker duplicates the client for its blocking commands; the duplicate is guarded too.
  // After an error a worker rests for 15 s, which suits a client that hangs. This one says when.
  { connection: redis, runRetryDelay: 500 },
);
const queue = new Queue('mail', { connection: redis });
// Both emit what their connection meets; without a listener the process would end of it.
worker.on('error', () => undefined);
queue.on('error', () => undefined);

/** Waits until so many jobs are done. */
async function finished(count: number): Promise<void> {
  while ((await queue.getCompletedCount().catch(() => 0)) < count) {
    await sleep(50);
  }
  console.log(`done: ${done.join(', ')}`);
}

await queue.add('welcome', { to: 'ada' });
await queue.add('welcome', { to: 'bob' });
await finished(2);

await server.kill();
console.log('the server is killed');
// Not awaited: the job waits for the server, in the wrapper and not longer than a call may take.
const early = queue.add('welcome', { to: 'cyd' });
await server.restart();
console.log('the server is back');
await early;
await queue.add('welcome', { to: 'dan' });
await finished(4);

// The worker first: it hands back what it holds. Then the client, which is ours to close.
await worker.close();
await queue.close();
await redis.resilience.shutdown();
await server.stop();
