import { createClient as create4 } from 'redis-4';
import { createClient as create5 } from 'redis-5';
import { createClient as create6 } from 'redis-6';
import { resilient } from '../../src/index.ts';
import type { AnyClient } from '../support/clients.ts';

/**
 * Wraps and closes clients of one major and reports what is left of them. A program of its own, since
 * the heap has to be its own: `node --expose-gc --import tsx wraps.ts MAJOR PORT`.
 */
const [major = '', port = ''] = process.argv.slice(2);
const createClient = { 4: create4, 5: create5, 6: create6 }[major] as unknown as (
  options: object,
) => AnyClient;

/** Making a client is the slow part, and the package's own. */
const CLIENTS = 1_000;
const WRAPS_OF_EACH = 10;
const CONNECTED = 300;

const listeners = (client: AnyClient): number =>
  client['eventNames']().reduce(
    (sum: number, event: string) => sum + Number(client['listenerCount'](event)),
    0,
  );

const create = () => createClient({ url: `redis://127.0.0.1:${port}` });

/** Wraps clients that are never connected; counts the listeners that stay on them. */
async function wrapUnconnected(clients: number): Promise<number> {
  let left = 0;
  for (let made = 0; made < clients; made++) {
    const client = create();
    for (let wraps = 0; wraps < WRAPS_OF_EACH; wraps++) {
      await resilient(client, { logger: false })['disconnect']();
    }
    left += listeners(client);
  }
  return left;
}

async function wrapConnected(clients: number): Promise<number> {
  let left = 0;
  for (let made = 0; made < clients; made++) {
    const client = create();
    const redis = resilient(client, { logger: false });
    await redis.connect();
    await redis.set('k', 'v');
    await redis.resilience.shutdown();
    left += listeners(client);
  }
  return left;
}

/** The heap after everything that is not held was collected, and sockets had the time to close. */
async function heap(): Promise<number> {
  for (let pass = 0; pass < 3; pass++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

// What is made once and stays: code, caches, the classes of commands.
await wrapUnconnected(20);
await wrapConnected(20);
const before = { heap: await heap(), resources: process.getActiveResourcesInfo() };
const left = (await wrapUnconnected(CLIENTS)) + (await wrapConnected(CONNECTED));
const grownBytes = (await heap()) - before.heap;
console.log(
  JSON.stringify({
    wraps: CLIENTS * WRAPS_OF_EACH + CONNECTED,
    listeners: left,
    grownBytes,
    resources: { before: before.resources, after: process.getActiveResourcesInfo() },
  }),
);
