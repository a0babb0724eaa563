import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, type TestContext } from 'vitest';
import { bare } from '../faults/outage.ts';
import { connected, proxy } from '../integration/wrapped.ts';
import { majors, type AnyClient } from '../support/clients.ts';
import { sharedServer } from './shared-server.ts';

const control = sharedServer();
const MEMBERS = 2_000;
const some = Array.from({ length: MEMBERS }, (_, index) => `member:${index}`);

describe.each(majors)('scan iterators of $name', (version) => {
  const ITERATORS = {
    scanIterator: [{ COUNT: 50 }],
    hScanIterator: ['hash', { COUNT: 50 }],
    sScanIterator: ['set', { COUNT: 50 }],
    zScanIterator: ['sorted', { COUNT: 50 }],
  };

  async function filled(test: TestContext, port = control().port) {
    const redis = await connected(test, version, port);
    await control().pipeline([
      ...some.map((member) => ['SET', member, 'v']),
      ['HSET', 'hash', ...some.flatMap((member) => [member, 'v'])],
      ['SADD', 'set', ...some],
      ['ZADD', 'sorted', ...some.flatMap((member) => ['1', member])],
    ]);
    return redis;
  }

  it('see everything, each page being one guarded call', async (test) => {
    const redis = await filled(test);
    for (const [name, args] of Object.entries(ITERATORS)) {
      const before = redis.resilience.stats().attempts;
      const seen = new Set<string>();
      for await (const page of redis[name](...args)) {
        for (const item of [page].flat()) seen.add(item.field ?? item.value ?? item);
      }
      for (const member of some) expect(seen.has(member), `${name}: ${member}`).toBe(true);
      expect(redis.resilience.stats().attempts - before).toBeGreaterThan(10);
    }
  });

  it('go on elsewhere when their connection is dead, where those of the bare client wait', async (test) => {
    const path = await proxy(test, control());
    const redis = await filled(test, path.port);
    const { client } = await bare(test, version, path.port);
    const keysSeen = async (from: AnyClient, onFirstPage?: () => void): Promise<number> => {
      const seen = new Set<string>();
      for await (const page of from['scanIterator']({ COUNT: 50 })) {
        if (seen.size === 0) onFirstPage?.();
        for (const key of [page].flat()) seen.add(key);
      }
      return some.filter((member) => seen.has(member)).length;
    };
    expect(await keysSeen(client)).toBe(MEMBERS);
    const deaden = () => {
      path.deadenExisting();
    };
    expect(await keysSeen(redis, deaden)).toBe(MEMBERS);
    // Every connection is dead by now but the one that the wrapper has made since.
    const bareOutcome = await Promise.race([keysSeen(client), sleep(2_000, 'waits')]);
    expect(bareOutcome).toBe('waits');
  });

  it('go on after a reset, and settle when Redis stays away', async (test) => {
    const path = await proxy(test, control());
    const redis = await filled(test, path.port);
    for (const [name, args] of Object.entries(ITERATORS)) {
      let items = 0;
      for await (const page of redis[name](...args)) {
        if (items === 0) path.reset();
        items += [page].flat().length;
      }
      expect(items, name).toBeGreaterThanOrEqual(MEMBERS);
    }
    const endless = async (): Promise<void> => {
      for await (const page of redis['scanIterator']({ COUNT: 10 })) {
        if (page !== undefined) path.down({ reset: true });
      }
    };
    await expect(endless()).rejects.toMatchObject({ command: 'SCAN', kind: 'transport' });
  });
});
