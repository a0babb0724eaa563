import { lookup } from 'node:dns/promises';
import { describe, expect, it } from 'vitest';
import { BRISK, server, wrap } from '../../integration/wrapped.ts';
import { majors } from '../../support/clients.ts';
import { HostName } from '../../support/host-name.ts';
import { Stalls } from '../../support/stalls.ts';
import { expectPromisesKept, goThrough, recorded, wrapped } from '../outage.ts';

/** The longest delay between attempts to connect, and time for two busy cores. */
const BACK_WITHIN_MS = 500 + 150;

/** The codes of an error and of what caused it. */
function codesOf(error: unknown): unknown[] {
  if (!(error instanceof Error)) return [];
  return [(error as NodeJS.ErrnoException).code, ...codesOf(error.cause)];
}

const UNRESOLVED = expect.arrayContaining([expect.stringMatching(/^(EAI_AGAIN|ENOTFOUND)$/)]);

describe('a name that cannot be resolved for a while', () => {
  it.concurrent.for(majors)('is named as the cause by $name', async (version, test) => {
    const store = await server(test);
    const host = new HostName(`lost-${version.major}.test`);
    const url = `redis://${host.name}:${store.port}`;
    const redis = await wrapped(test, version, store.port, { url });
    const { subject, errors } = recorded(redis);
    const aftermath = await goThrough(subject, store, {
      begin: async () => {
        host.forget();
        await expect(lookup(host.name)).rejects.toMatchObject({ syscall: 'getaddrinfo' });
        await store.command('CLIENT', 'KILL', 'TYPE', 'normal');
      },
      end: () => {
        host.learn();
      },
      lastsMs: 3_000,
    });
    expectPromisesKept(aftermath);
    expect(aftermath.backFromEndMs).toBeLessThan(BACK_WITHIN_MS);
    const held = errors.filter(({ execution }) => execution === 'not-sent');
    expect(new Set(held.map(({ kind }) => kind))).toEqual(new Set(['transport', 'circuit-open']));
    for (const error of held) expect(codesOf(error)).toEqual(UNRESOLVED);
  });

  it.concurrent.for(majors)(
    'keeps $name from connecting until it can be',
    async (version, test) => {
      const store = await server(test);
      const host = new HostName(`late-${version.major}.test`);
      host.forget();
      const url = `redis://${host.name}:${store.port}`;
      const redis = wrap(test, version, store.port, BRISK, { url });
      const stalls = new Stalls();
      const begunAt = performance.now();
      const refusal: unknown = await redis.connect().catch((error: unknown) => error);
      expect(stalls.awakeMs(begunAt, performance.now())).toBeLessThan(1_000 + 150);
      expect(refusal).toMatchObject({ kind: 'transport', execution: 'not-sent' });
      expect(codesOf(refusal)).toEqual(UNRESOLVED);

      const ready = new Promise((resolve) => redis.once('ready', resolve));
      host.learn();
      const learntAt = performance.now();
      await ready;
      const readyAt = performance.now();
      stalls.stop();
      expect(stalls.awakeMs(learntAt, readyAt)).toBeLessThan(BACK_WITHIN_MS);
      await expect(redis.set('k', 'v')).resolves.toBe('OK');
    },
  );
});
