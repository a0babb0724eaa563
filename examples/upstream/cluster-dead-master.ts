/*
 * Docs (clustering): redirections by MOVED and ASK are followed.
 * redis 4 and 5 learn of a new master by MOVED alone (#2806), which a dead master cannot send: calls for its
 * slots wait for it to come back, without an error, although its replica serves them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { clusterMajors } from '../../test/support/clusters.ts';
import { RedisCluster } from '../../test/support/redis-cluster.ts';
import { until } from '../../test/support/until.ts';

const servers = await RedisCluster.start();
const options = {
  rootNodes: servers.rootNodes,
  defaults: { socket: { reconnectStrategy: 100 } },
  // Redis 6 only, where it is 5 s unless something else is given.
  topologyRefreshOnReconnectionAttemptStrategy: 500,
};
const clusters = clusterMajors.map(({ name, createCluster }) => ({
  name,
  cluster: createCluster(options).on('error', () => undefined),
}));
await Promise.all(clusters.map(({ cluster }) => cluster.connect()));

const lost = await servers.masterOf('key');
const replica = await servers.replicaOf(lost);
await lost.kill();
// What it would do by itself some seconds later.
await replica.must('CLUSTER', 'FAILOVER', 'TAKEOVER');
await until('the replica serves the slot', async () => {
  return (await replica.command('SET', 'key', 'value')) === '+OK\r\n';
});

const asking = clusters.map(async ({ name, cluster }) => {
  const answered = until('a call is answered', async () => {
    const call = cluster.get('key').catch(() => undefined);
    return (await Promise.race([call, sleep(500)])) === 'value';
  });
  const isHanging = await Promise.race([answered.then(() => false), sleep(2_500, true)]);
  console.log(
    `${name}: ${isHanging ? 'calls hang although a replica serves their slot' : 'not shown'}`,
  );
});
await Promise.all(asking);
await servers.stop();
// The clients would go on dialling the dead node.
process.exit();
