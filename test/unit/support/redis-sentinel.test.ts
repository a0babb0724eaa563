import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { SentinelTrio } from '../../support/redis-sentinel.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let trio: SentinelTrio;
beforeAll(async () => {
  trio = await SentinelTrio.start({ password: 'secret' });
});
afterAll(() => trio.stop());

const otherThan = (old: unknown) =>
  vi.waitUntil(
    async () => {
      const now = await trio.master();
      return now !== old && now;
    },
    { timeout: 30_000 },
  );

test('names the master, and what it writes reaches the replicas', async () => {
  const master = await trio.master();
  expect(master).toBe(trio.servers[0]);
  expect(trio.rootNodes[2]).toEqual({ host: '127.0.0.1', port: trio.sentinels[2]?.port });
  await master.must('SET', 'key', 'value');
  expect(await master.command('WAIT', '2', '5000')).toBe(':2\r\n');
  expect(await trio.servers[1]?.command('GET', 'key')).toContain('value');
});

test('promotes a replica when asked to', async () => {
  const old = await trio.master();
  const promoted = await trio.failover();
  expect(promoted).not.toBe(old);
  expect(await promoted.info('replication')).toMatchObject({ role: 'master' });
  expect(await old.info('replication')).toMatchObject({ role: 'slave' });
});

test.for(['kill', 'freeze'] as const)('promotes a replica after %s', async (fault) => {
  const old = await trio.master();
  await old[fault]();
  const heir = await otherThan(old);
  await trio.restore();
  expect(await trio.master()).toBe(heir);
  expect(await old.info('replication')).toMatchObject({ master_port: String(heir.port) });
});
