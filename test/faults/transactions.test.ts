import { describe, it } from 'vitest';
import { BRISK, connected, proxy, server } from '../integration/wrapped.ts';
import { majors, type AnyClient } from '../support/clients.ts';
import type { FaultProxy } from '../support/fault-proxy.ts';

/** How long a connection may take to be made is none of what is tested here. */
const PATIENT = { ...BRISK, connection: { ...BRISK.connection, connectMs: 5_000 } };

interface Cut {
  readonly name: string;
  readonly before: (path: FaultProxy) => void;
  /** Done when the transaction has had time to get as far as it can. */
  readonly after?: (path: FaultProxy) => void;
}

/** Where the replies `+OK +QUEUED +QUEUED *2 :1 :1` are cut: within, between and after each. */
const OFFSETS = [1, 5, 14, 22, 23, 27, 31, 34];

const CUTS: readonly Cut[] = [
  { name: 'none', before: () => undefined },
  {
    name: 'reset before it arrives',
    before: (path) => {
      path.stall('requests');
    },
    after: (path) => {
      path.reset();
      path.heal();
    },
  },
  ...OFFSETS.map((bytes): Cut => ({
    name: `reset after ${bytes} bytes of its replies`,
    before: (path) => {
      path.cutAfter(bytes);
    },
  })),
  {
    name: 'replies swallowed, then reset',
    before: (path) => {
      path.swallowReplies();
    },
    after: (path) => {
      path.reset();
      path.heal();
    },
  },
  {
    name: 'replies swallowed for good',
    before: (path) => {
      path.swallowReplies();
    },
  },
];

describe('a transaction under a cut', () => {
  it.concurrent.for(majors)(
    'is executed wholly or not at all, once, and never denied by $name',
    { timeout: 60_000 },
    async (version, test) => {
      const { expect } = test;
      const control = await server(test);
      const paths = { bare: await proxy(test, control), wrapped: await proxy(test, control) };
      const redis = await connected(test, version, paths.wrapped.port, PATIENT);
      const bare = version.createClient({ url: `redis://127.0.0.1:${paths.bare.port}` });
      bare.on('error', () => undefined);
      await bare.connect();
      test.onTestFinished(() => {
        void Promise.resolve(bare['disconnect']()).catch(() => undefined);
      });

      let bareHides = 0;
      let unknown = 0;
      for (const [index, cut] of CUTS.entries()) {
        const run = async (owner: 'bare' | 'wrapped', client: AnyClient) => {
          const path = paths[owner];
          const keys = [`${owner}:${index}:a`, `${owner}:${index}:b`] as const;
          await expect.poll(() => client.ping().catch(String), { timeout: 8_000 }).toBe('PONG');
          cut.before(path);
          const settled = client
            .multi()
            .incr(keys[0])
            .incr(keys[1])
            .exec()
            .then(
              (replies: unknown) => ({ replies }),
              (error: unknown) => ({ error }),
            );
          const soon = Promise.race([settled, wait(150)]);
          await soon;
          cut.after?.(path);
          // The bare client waits for lost replies for ever.
          const outcome = (await Promise.race([settled, wait(2_500)])) as Outcome;
          if (outcome === undefined) path.reset();
          path.heal();
          const values = (await control.pipeline(keys.map((key) => ['GET', key]))).map(Number);
          return { outcome, values };
        };
        const [guarded, plain] = await Promise.all([run('wrapped', redis), run('bare', bare)]);
        const { outcome, values } = guarded;
        expect(outcome, `${cut.name}: settles`).toBeDefined();
        expect(values[0], `${cut.name}: wholly or not at all`).toBe(values[1]);
        expect(values[0], `${cut.name}: once`).toBeLessThanOrEqual(1);
        if (outcome?.error) {
          const { execution, command, attempts } = outcome.error;
          expect([command, attempts], cut.name).toEqual(['MULTI', 1]);
          if (values[0] === 1) expect(execution, cut.name).toBe('unknown');
          if (execution === 'unknown') unknown++;
        } else {
          expect([outcome?.replies, values], cut.name).toEqual([
            [1, 1],
            [1, 1],
          ]);
        }
        if (cut.name === 'none') expect(outcome).toEqual({ replies: [1, 1] });
        const told = plain.outcome?.error;
        if (plain.values[0] === 1 && !plain.outcome?.replies && !told?.execution) bareHides++;
      }
      // Each cut but the control and the first one hides an execution.
      expect(bareHides, 'hidden by the bare client').toBeGreaterThanOrEqual(OFFSETS.length);
      expect(unknown).toBeGreaterThanOrEqual(OFFSETS.length);
      expect(redis.resilience.stats()).toMatchObject({ inFlight: 0 });
    },
  );

  it.concurrent.for(majors)(
    'fails where its watch was on a connection that died, with $name',
    { timeout: 30_000 },
    async (version, test) => {
      const { expect } = test;
      const control = await server(test);
      const path = await proxy(test, control);
      const bare = version.createClient({ url: `redis://127.0.0.1:${path.port}` });
      bare.on('error', () => undefined);
      await bare.connect();
      test.onTestFinished(() => {
        void Promise.resolve(bare['disconnect']()).catch(() => undefined);
      });
      await bare['watch']('k');
      path.reset();
      await expect.poll(() => bare.ping().catch(String), { timeout: 8_000 }).toBe('PONG');
      await control.must('SET', 'k', 'theirs');
      const overwritten = await bare.multi().set('k', 'ours').exec().catch(String);
      if (version.major === 4) expect(overwritten).toEqual(['OK']);
      else expect(overwritten).toMatch(/WatchError|watch/i);

      const redis = await connected(test, version, path.port, PATIENT);
      for (const { end, committed } of [
        { end: () => undefined, committed: true },
        {
          end: () => {
            path.reset();
          },
          committed: false,
        },
        {
          end: () => {
            path.deadenExisting();
          },
          committed: false,
        },
      ]) {
        await control.must('SET', 'k', 'before');
        await redis['watch']('k');
        const { id } = redis.resilience.stats().connection;
        end();
        if (!committed) {
          // A dead connection is found by those who use it.
          await expect
            .poll(() => redis.ping().then(() => redis.resilience.stats().connection.id, String), {
              timeout: 8_000,
            })
            .toSatisfy((now) => typeof now === 'number' && now !== id);
          await control.must('SET', 'k', 'theirs');
        }
        const run = redis.multi().set('k', 'ours').exec();
        if (committed) await expect(run).resolves.toEqual(['OK']);
        else await expect(run).rejects.toMatchObject({ kind: 'conflict' });
        expect(await redis.get('k')).toBe(committed ? 'ours' : 'theirs');
      }
    },
  );
});

type Outcome =
  | {
      readonly replies?: unknown;
      readonly error?: Record<'execution' | 'command' | 'attempts', unknown>;
    }
  | undefined;

const wait = (ms: number): Promise<undefined> =>
  new Promise((resolve) => setTimeout(resolve, ms, undefined));
