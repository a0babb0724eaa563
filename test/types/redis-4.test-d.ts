import { commandOptions, createClient, createCluster, defineScript } from 'redis-4';
import { resilient, type Resilient } from 'redis-resilience';
import { expectTypeOf } from 'vitest';

const double = defineScript({
  NUMBER_OF_KEYS: 1,
  SCRIPT: 'return redis.call("INCRBY", KEYS[1], ARGV[1] * 2)',
  transformArguments: (key: string, by: number): string[] => [key, String(by)],
  transformReply: (reply: number): number => reply,
});

const count = {
  NUMBER_OF_KEYS: 1,
  transformArguments: (key: string): string[] => [key],
  transformReply: (reply: number): number => reply,
};

const client = createClient({
  scripts: { double },
  functions: { library: { count } },
  modules: { own: { count } },
});
const redis = resilient(client);
type Client = typeof client;
type Redis = typeof redis;

/** A wrapped client can stand wherever the client stood. */
export const original: typeof client = redis;
export const chained: Resilient<typeof client> = await redis.connect();

expectTypeOf(redis.get).toEqualTypeOf(client.get);
expectTypeOf(await redis.get('k')).toEqualTypeOf<string | null>();
expectTypeOf(redis.set).toEqualTypeOf(client.set);
expectTypeOf(redis.hGetAll).toEqualTypeOf(client.hGetAll);
expectTypeOf<Redis['scanIterator']>().toEqualTypeOf<Client['scanIterator']>();
for await (const key of redis.scanIterator()) expectTypeOf(key).toEqualTypeOf<string>();
expectTypeOf(redis.isReady).toEqualTypeOf<boolean>();

// Modules, those of redis and the user's own; libraries of functions; scripts.
expectTypeOf(redis.json.get).toEqualTypeOf(client.json.get);
expectTypeOf(redis.ft.search).toEqualTypeOf(client.ft.search);
expectTypeOf(redis.ts.add).toEqualTypeOf(client.ts.add);
expectTypeOf(redis.bf.exists).toEqualTypeOf(client.bf.exists);
expectTypeOf(redis.graph.query).toEqualTypeOf(client.graph.query);
expectTypeOf(await redis.own.count('k')).toEqualTypeOf<number>();
expectTypeOf(await redis.library.count('k')).toEqualTypeOf<number>();
expectTypeOf(redis.double).toEqualTypeOf(client.double);
expectTypeOf(await redis.double('k', 2)).toEqualTypeOf<number>();
// @ts-expect-error the script takes a number
await redis.double('k', '2');
// @ts-expect-error there is no such command
await redis.noSuchCommand('k');
// @ts-expect-error a key is a string or bytes
await redis.get(5);

expectTypeOf(await redis.multi().set('k', 'v').get('k').exec()).toEqualTypeOf(
  await client.multi().set('k', 'v').get('k').exec(),
);
expectTypeOf<Redis['subscribe']>().toEqualTypeOf<Client['subscribe']>();

// Options of commands, connections of one's own, and a copy.
const options = commandOptions({ returnBuffers: true });
expectTypeOf(await redis.get(options, 'k')).toEqualTypeOf<Buffer | null>();
expectTypeOf(await redis.hGetAll(options, 'k')).toEqualTypeOf<Record<string, Buffer>>();
expectTypeOf(await redis.executeIsolated((isolated) => isolated.get('k'))).toEqualTypeOf<
  string | null
>();
expectTypeOf<Redis['executeIsolated']>().toEqualTypeOf<Client['executeIsolated']>();
expectTypeOf<Redis['duplicate']>().toEqualTypeOf<Client['duplicate']>();

// The members of the wrapper are there too, also behind `connect` and on its own views, which keep all.
expectTypeOf((await redis.connect()).resilience).toEqualTypeOf(redis.resilience);
expectTypeOf(redis.resilience.strict.resilience.state).toEqualTypeOf<
  'closed' | 'open' | 'half-open'
>();
for (const view of [redis.resilience.strict, redis.resilience.with({ retry: false })]) {
  expectTypeOf(view).toEqualTypeOf<Redis>();
  expectTypeOf(view.get).toEqualTypeOf(client.get);
  expectTypeOf(view.json.get).toEqualTypeOf(client.json.get);
  expectTypeOf(await view.own.count('k')).toEqualTypeOf<number>();
  expectTypeOf(await view.double('k', 2)).toEqualTypeOf<number>();
  expectTypeOf(await view.get(options, 'k')).toEqualTypeOf<Buffer | null>();
}

const bareCluster = createCluster({ rootNodes: [{ url: 'redis://localhost:7000' }] });
const cluster = resilient(bareCluster);
export const originalCluster: typeof bareCluster = cluster;
export const chainedCluster: Resilient<typeof bareCluster> = await cluster.connect();

expectTypeOf(await cluster.get('k')).toEqualTypeOf<string | null>();
expectTypeOf(cluster.json.get).toEqualTypeOf(bareCluster.json.get);
expectTypeOf(cluster.sendCommand).toEqualTypeOf(bareCluster.sendCommand);
expectTypeOf(cluster.masters).toEqualTypeOf(bareCluster.masters);
expectTypeOf(cluster.multi).toEqualTypeOf(bareCluster.multi);
expectTypeOf(cluster.resilience.strict).toEqualTypeOf<typeof cluster>();
