import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { proxy, server, type Cleanup } from '../../integration/wrapped.ts';
import { majors } from '../../support/clients.ts';
import { filtered, PacketFilter } from '../../support/packet-filter.ts';
import type { RedisServer } from '../../support/redis-server.ts';
import { bare, expectPromisesKept, goThrough, underLoad, wrapped, type Outage } from '../outage.ts';

const lastsMs = 3_000;
/** Half a second of silence, half of what a connection may take, and time for two busy cores. */
const BACK_WITHIN_MS = 500 + 500 + 300;

interface Means {
  readonly name: string;
  /** Makes a way to the server on which connections can be silenced. */
  readonly to: (store: RedisServer, test: Cleanup) => Promise<{ port: number; outage: Outage }>;
}

/** Two means to the same fault: what clients make of it must not depend on which. */
const means: readonly Means[] = [
  {
    name: 'packets dropped by the kernel',
    to: (store) => {
      const outage = { ...filtered(() => PacketFilter.dropFlows(store)), lastsMs };
      return Promise.resolve({ port: store.port, outage });
    },
  },
  {
    name: 'links deadened by the proxy',
    to: async (store, test) => {
      const path = await proxy(test, store);
      const begin = () => {
        path.deadenExisting();
      };
      return { port: path.port, outage: { begin, end: () => undefined, lastsMs } };
    },
  },
];

const rows = means.flatMap(({ name, to }) =>
  majors.map((version) => ({ name: `${version.name}, ${name}`, version, to })),
);

describe('a connection that is dead while new ones are fine', () => {
  it.concurrent.for(rows)('hangs every call of bare $name', async ({ version, to }, test) => {
    const store = await server(test);
    const { port, outage } = await to(store, test);
    const { client, errors } = await bare(test, version, port);
    const calls = await underLoad(client, store);
    await outage.begin();
    const begunAt = performance.now();
    await sleep(lastsMs);
    calls.stop();
    const since = calls.report().calls.filter(({ startedAt }) => startedAt > begunAt);
    await outage.end();
    expect(new Set(since.map(({ outcome }) => outcome))).toEqual(new Set(['pending']));
    expect(errors).toEqual([]);
  });

  it.concurrent.for(rows)('is left by wrapped $name', async ({ version, to }, test) => {
    const store = await server(test);
    const { port, outage } = await to(store, test);
    const redis = await wrapped(test, version, port);
    const aftermath = await goThrough(redis, store, outage);
    expectPromisesKept(aftermath);
    expect(aftermath.backFromBeginMs).toBeLessThan(BACK_WITHIN_MS);
    // Sooner, nothing had been dead.
    expect(aftermath.audit.longestMs).toBeGreaterThan(300);
  });
});
