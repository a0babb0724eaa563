import { describe, expect, it } from 'vitest';
import { server } from '../../integration/wrapped.ts';
import { majors } from '../../support/clients.ts';
import { filtered, PacketFilter } from '../../support/packet-filter.ts';
import type { RedisServer } from '../../support/redis-server.ts';
import { bare, expectPromisesKept, goThrough, underLoad, wrapped } from '../outage.ts';

/** What may pass to the next attempt to connect, with time for two busy cores. */
const NEXT_ATTEMPT_MS = 500 + 150;
/** An attempt whose packets were dropped may still be waited for when the path is back. */
const ATTEMPT_UNDER_WAY_MS = 1_000 + NEXT_ATTEMPT_MS;

const faults = [
  {
    name: 'every packet dropped until the kernel gives up',
    begin: (store: RedisServer) => PacketFilter.dropAll(store),
    lastsMs: 7_000,
    backWithinMs: ATTEMPT_UNDER_WAY_MS,
  },
  {
    name: 'every packet answered with RST',
    begin: (store: RedisServer) => PacketFilter.rejectAll(store),
    lastsMs: 3_000,
    backWithinMs: NEXT_ATTEMPT_MS,
  },
  {
    name: 'three packets in ten lost',
    begin: (store: RedisServer) => PacketFilter.loseSome(store, 0.3),
    lastsMs: 3_000,
    backWithinMs: ATTEMPT_UNDER_WAY_MS,
  },
];

const rows = faults.flatMap((fault) =>
  majors.map((version) => ({ ...fault, version, name: `${version.name}, ${fault.name}` })),
);

describe('packets that do not arrive', () => {
  it.concurrent.for(rows)('break no promise of wrapped $name', async (row, test) => {
    const store = await server(test);
    const redis = await wrapped(test, row.version, store.port);
    const outage = { ...filtered(() => row.begin(store)), lastsMs: row.lastsMs };
    const aftermath = await goThrough(redis, store, outage);
    expectPromisesKept(aftermath);
    expect(aftermath.backFromEndMs).toBeLessThan(row.backWithinMs);
  });

  it.concurrent.for(majors)(
    'end bare $name with ETIMEDOUT, seconds late',
    async (version, test) => {
      const store = await server(test);
      const { client, errors } = await bare(test, version, store.port);
      const calls = await underLoad(client, store);
      const { begin, end } = filtered(() => PacketFilter.dropAll(store));
      await begin();
      const begunAt = performance.now();
      await test.expect.poll(() => errors[0]?.code, { timeout: 20_000 }).toBe('ETIMEDOUT');
      const afterMs = performance.now() - begunAt;
      await end();
      calls.stop();
      // The first call after the fault waited as long as the kernel did.
      expect(afterMs).toBeGreaterThan(5_000);
      await test.expect
        .poll(
          () => calls.report().calls.find(({ outcome }) => outcome === 'failed')?.error?.message,
        )
        .toMatch(/ETIMEDOUT/);
    },
  );
});
