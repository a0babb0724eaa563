import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { BRISK, connected, proxy, server } from '../integration/wrapped.ts';
import { majors, type AnyClient } from '../support/clients.ts';
import type { FaultProxy } from '../support/fault-proxy.ts';
import type { RedisServer } from '../support/redis-server.ts';

const OPTIONS = { ...BRISK, connection: { ...BRISK.connection, heartbeatMs: 300 } };
const MESSAGES = 100;

interface Blow {
  readonly name: string;
  readonly strike: (path: FaultProxy, control: RedisServer) => unknown;
  readonly end: (control: RedisServer) => unknown;
  /** Whether the bare subscriber hears again. */
  readonly bareHears: boolean;
}

const BLOWS: readonly Blow[] = [
  {
    name: 'its server is killed and comes back',
    strike: (_path, control) => control.kill(),
    end: (control) => control.restart(),
    bareHears: true,
  },
  {
    name: 'its connection is dead',
    strike: (path) => {
      path.deadenExisting();
    },
    end: () => undefined,
    bareHears: false,
  },
];
const ROWS = majors.flatMap((version) =>
  BLOWS.map((blow) => ({ version, blow, client: version.name, fault: blow.name })),
);

describe('a subscriber', () => {
  it.concurrent.for(ROWS)(
    'of $client hears everything again when $fault',
    { timeout: 60_000 },
    async ({ version, blow }, test) => {
      const { expect } = test;
      const control = await server(test);
      const path = await proxy(test, control);
      const redis = await connected(test, version, path.port, OPTIONS);
      const bare = version.createClient({ url: `redis://127.0.0.1:${path.port}` });
      bare.on('error', () => undefined);
      await bare.connect();
      test.onTestFinished(() => {
        void Promise.resolve(bare['disconnect']()).catch(() => undefined);
      });
      const heard: Record<string, string[]> = { bare: [], wrapped: [] };
      const subscribe = (owner: 'bare' | 'wrapped', client: AnyClient, channel: string) =>
        client.subscribe(channel, (message, from) => heard[owner]!.push(`${from}: ${message}`));
      const publish = (channel: string, count: number) =>
        control.pipeline(
          Array.from({ length: count }, (_, index) => ['PUBLISH', channel, `message ${index}`]),
        );
      const all = (channel: string, count = MESSAGES) =>
        Array.from({ length: count }, (_, index) => `${channel}: message ${index}`);
      const forget = () => {
        for (const messages of Object.values(heard)) messages.length = 0;
      };

      for (const channel of ['early', 'dropped']) {
        await subscribe('wrapped', redis, channel);
        await subscribe('bare', bare, channel);
      }
      await publish('early', MESSAGES);
      await expect.poll(() => heard).toEqual({ bare: all('early'), wrapped: all('early') });

      await blow.strike(path, control);
      // Whatever becomes of the reply, it is known from now on what is wanted.
      const changes = [subscribe('wrapped', redis, 'late'), redis.unsubscribe('dropped')];
      await sleep(500);
      await blow.end(control);
      await Promise.all(changes);
      const reaches = async (channel: string) => {
        const [sent] = await control.pipeline([['PUBSUB', 'NUMSUB', channel]]);
        return (sent as unknown[])[1];
      };
      const late = () => reaches('late');
      await expect.poll(late, { timeout: 5_000 }).toBe(1);
      if (blow.bareHears) {
        await expect.poll(() => reaches('early'), { timeout: 5_000 }).toBe(2);
      } else {
        // Longer than it took the wrapped one.
        await sleep(500);
      }
      forget();
      await publish('early', MESSAGES);
      await publish('late', MESSAGES);
      await publish('dropped', 1);
      await expect.poll(() => heard['wrapped'], { timeout: 5_000 }).toHaveLength(2 * MESSAGES);
      await sleep(200);
      expect(heard['wrapped'], 'each once and in order').toEqual([...all('early'), ...all('late')]);
      expect(heard['bare']).toEqual(blow.bareHears ? [...all('early'), ...all('dropped', 1)] : []);
    },
  );
});
