/** A cluster loses a master for good: the other shards do not notice, its own slots follow the replica. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createCluster } from 'redis';
import { resilient } from 'redis-resilience';
import { RedisCluster } from '../test/support/redis-cluster.ts';

const servers = await RedisCluster.start();
const { rootNodes } = servers;
const redis = resilient(createCluster({ rootNodes }), { name: 'carts', logger: false });
await redis.connect();

const circuits = () =>
  redis.resilience.stats().circuits.map(({ address = 'any', state }) => `${address} ${state}`);

/** Adds one to a cart on every shard, and tells how many shards took it. */
const carts = ['{a}cart', '{b}cart', '{c}cart'];
const addToAll = async () => {
  const outcomes = await Promise.allSettled(carts.map((cart) => redis.incr(cart)));
  return outcomes.filter(({ status }) => status === 'fulfilled').length;
};

console.log(`all well: ${await addToAll()} of 3 shards answer`);

const lost = await servers.masterOf('{a}cart');
await lost.kill();
console.log(`the master on port ${lost.port} is killed, and never comes back`);

const killedAt = performance.now();
let taken = 0;
while (taken < carts.length) {
  await sleep(250);
  taken = await addToAll();
  const seconds = ((performance.now() - killedAt) / 1_000).toFixed(1);
  console.log(`${seconds} s later: ${taken} of 3 shards answer`);
}
console.log('the replica has taken over:', circuits());

await redis.resilience.shutdown();
await servers.stop();
