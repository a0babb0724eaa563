import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { server } from '../../integration/wrapped.ts';
import { Certificates } from '../../support/certificates.ts';
import { majors, type AnyClient } from '../../support/clients.ts';
import { PacketFilter } from '../../support/packet-filter.ts';
import { bare, wrapped } from '../outage.ts';

const CALLERS = 3;

/** When the kernel sends given-up bytes for the last time, a little less than it takes. */
const LAST_TRY_MS = 2_900;

/** How long the partitions last: the bytes are sent again after 1.4 s and 3.0 s. */
const LAST_MS = [800, 1_400, 2_000];

/** Callers that set one key to ever higher numbers, whatever becomes of each. */
class RisingWrites {
  /** The highest number that a caller was told is written. */
  acknowledged = 0;
  readonly key = 'rising';
  readonly #redis: Pick<AnyClient, 'set'>;
  #issued = 0;
  #callers: Promise<unknown> | undefined;
  #running = false;

  constructor(redis: Pick<AnyClient, 'set'>) {
    this.#redis = redis;
  }

  start(callers: number): void {
    this.#running = true;
    this.#callers = Promise.all(Array.from({ length: callers }, () => this.#write()));
  }

  /** Resolves when every call has settled. */
  async stop(): Promise<void> {
    this.#running = false;
    await this.#callers;
  }

  async #write(): Promise<void> {
    while (this.#running) {
      const value = ++this.#issued;
      await this.#redis.set(this.key, value).then(
        () => (this.acknowledged = Math.max(this.acknowledged, value)),
        () => undefined,
      );
      await sleep(1);
    }
  }
}

const certificates = await Certificates.make();
const { server: certificate, ca } = certificates;
afterAll(() => {
  certificates.remove();
});

const paths = (['TCP', 'TLS'] as const).flatMap((over) =>
  majors.map((version) => ({ over, version, client: version.name })),
);

describe('a partition of the established connection that heals', () => {
  it.concurrent.for(paths)(
    'never takes back a SET that $client acknowledged over $over',
    async ({ version, over }, test) => {
      const store = await server(test, over === 'TLS' ? { tls: { certificate, ca } } : {});
      const clientOptions = { url: store.url, ...(over === 'TLS' && { socket: { ca: ca.cert } }) };
      const client = async () => (await bare(test, version, store.port, clientOptions)).client;
      const redis = await wrapped(test, version, store.port, clientOptions);
      const writes = new RisingWrites(redis);
      const get = async (key: string) => (await store.pipeline([['GET', key]]))[0];
      const toCome = [...LAST_MS];
      while (toCome[0] !== undefined) {
        const naive = await client();
        writes.start(CALLERS);
        await sleep(200);
        const filter = await PacketFilter.dropFlows(store);
        const begunAt = performance.now();
        const before = writes.acknowledged;
        // Given up after half a second and repeated elsewhere, while the socket lives on.
        naive.set('naive', 'old').catch(() => undefined);
        await sleep(500);
        const another = await client();
        await another.set('naive', 'new');
        // More than can have been answered on the old connection.
        await test.expect
          .poll(() => writes.acknowledged, { timeout: 5_000 })
          .toBeGreaterThan(before + CALLERS);
        await sleep(begunAt + toCome[0] - performance.now());
        await writes.stop();
        expect(await get('naive')).toBe('new');
        await filter.end();
        // On a machine that is too busy nothing is sent again: that round has shown nothing.
        if (performance.now() - begunAt > LAST_TRY_MS) continue;
        toCome.shift();
        await test.expect.poll(() => get('naive'), { timeout: 10_000 }).toBe('old');
        await sleep(200);
        expect(Number(await get(writes.key))).toBeGreaterThanOrEqual(writes.acknowledged);
      }
    },
  );
});
