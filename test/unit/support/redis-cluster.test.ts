import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { RedisCluster, slotOf } from '../../support/redis-cluster.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await RedisCluster.start({ password: 'secret' });
});
afterAll(() => cluster.stop());

test('every master serves its part of the slots and has a replica', async () => {
  expect([cluster.masters.length, cluster.replicas.length]).toEqual([3, 3]);
  for (const [index, slot] of [0, 8_000, 16_383].entries()) {
    const master = await cluster.masterOf(slot);
    expect(master).toBe(cluster.masters[index]);
    expect(cluster.replicas).toContain(await cluster.replicaOf(master));
  }
  expect(cluster.rootNodes[0]).toEqual({ url: cluster.masters[0]?.url });
});

test('a slot moves with its keys, and is answered with ASK between', async () => {
  const [to, , from] = cluster.masters;
  const [key, absent] = ['{foo}', '{foo}2'];
  expect(await cluster.masterOf(key)).toBe(from);
  await from!.must('SET', key, 'value');
  const move = await cluster.startMove(slotOf(key), to!);
  expect(await from!.command('GET', key)).toContain('value');
  expect(await from!.command('GET', absent)).toBe(`-ASK ${slotOf(key)} 127.0.0.1:${to!.port}\r\n`);
  await move.migrateKeys();
  await move.finish();
  expect(await cluster.masterOf(key)).toBe(to);
  expect(await to!.command('GET', key)).toContain('value');
  expect(await from!.command('GET', key)).toMatch(/^-MOVED/);
});

test('a replica takes over when asked to', async () => {
  const [master] = cluster.masters;
  const promoted = await cluster.failover(master!);
  expect(await cluster.masterOf(0)).toBe(promoted);
  expect(await cluster.replicaOf(promoted)).toBe(master);
});

test('a replica takes over from a master that is dead, the other shards go on, and all comes back', async () => {
  const victim = await cluster.masterOf(8_000);
  await victim.kill();
  const other = await cluster.masterOf(0);
  expect(await other.command('CLUSTER', 'COUNTKEYSINSLOT', '0')).toBe(':0\r\n');
  const heir = await cluster.masterOf(8_000);
  expect(heir).not.toBe(victim);
  await cluster.restore();
  expect(await cluster.masterOf(8_000)).toBe(heir);
  expect(await cluster.replicaOf(heir)).toBe(victim);
});
