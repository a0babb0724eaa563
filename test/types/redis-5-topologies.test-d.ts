import { createClientPool, createCluster, createSentinel, RESP_TYPES } from 'redis-5';
import { resilient, type Resilient } from 'redis-resilience';
import { expectTypeOf } from 'vitest';

const mapping = { [RESP_TYPES.BLOB_STRING]: Buffer };

const bareCluster = createCluster({ rootNodes: [{ url: 'redis://localhost:7000' }] });
const cluster = resilient(bareCluster);
export const originalCluster: typeof bareCluster = cluster;
export const chainedCluster: Resilient<typeof bareCluster> = await cluster.connect();

expectTypeOf(await cluster.get('k')).toEqualTypeOf<string | null>();
expectTypeOf(cluster.json.get).toEqualTypeOf(bareCluster.json.get);
expectTypeOf(cluster.sendCommand).toEqualTypeOf(bareCluster.sendCommand);
expectTypeOf(cluster.masters).toEqualTypeOf(bareCluster.masters);
expectTypeOf(cluster.sSubscribe).toEqualTypeOf(bareCluster.sSubscribe);
expectTypeOf(await cluster.withTypeMapping(mapping).get('k')).toEqualTypeOf<Buffer | null>();
expectTypeOf(await cluster.multi().get('k').execTyped()).toEqualTypeOf<[string | null]>();
expectTypeOf(cluster.resilience.strict).toEqualTypeOf<typeof cluster>();

const barePool = createClientPool();
const pool = resilient(barePool);
export const originalPool: typeof barePool = pool;
export const chainedPool: Resilient<typeof barePool> = await pool.connect();

expectTypeOf(await pool.get('k')).toEqualTypeOf<string | null>();
expectTypeOf(pool.json.get).toEqualTypeOf(barePool.json.get);
expectTypeOf(pool.execute).toEqualTypeOf(barePool.execute);
expectTypeOf(await pool.execute((client) => client.get('k'))).toEqualTypeOf<string | null>();
expectTypeOf(pool.tasksQueueLength).toEqualTypeOf<number>();
expectTypeOf(await pool.withTypeMapping(mapping).get('k')).toEqualTypeOf<Buffer | null>();
expectTypeOf(await pool.multi().get('k').execTyped()).toEqualTypeOf<[string | null]>();
expectTypeOf(pool.resilience.strict).toEqualTypeOf<typeof pool>();

const bareSentinel = createSentinel({
  name: 'main',
  sentinelRootNodes: [{ host: 'localhost', port: 26379 }],
});
const sentinel = resilient(bareSentinel);
export const originalSentinel: typeof bareSentinel = sentinel;
export const chainedSentinel: Resilient<typeof bareSentinel> = await sentinel.connect();

expectTypeOf(await sentinel.get('k')).toEqualTypeOf<string | null>();
expectTypeOf(sentinel.json.get).toEqualTypeOf(bareSentinel.json.get);
expectTypeOf(sentinel.use).toEqualTypeOf(bareSentinel.use);
expectTypeOf(sentinel.acquire).toEqualTypeOf(bareSentinel.acquire);
expectTypeOf(await sentinel.withTypeMapping(mapping).get('k')).toEqualTypeOf<Buffer | null>();
expectTypeOf(await sentinel.multi().get('k').execTyped()).toEqualTypeOf<[string | null]>();
expectTypeOf(sentinel.resilience.strict).toEqualTypeOf<typeof sentinel>();
