import express from 'express';
import { rateLimit } from 'express-rate-limit';
import { RedisStore } from 'rate-limit-redis';
import { expect } from 'vitest';
import { workWithRedis } from './conditions.ts';
import { listen } from './site.ts';

interface Site {
  /** Asks for the page as somebody; the answer is the status. */
  readonly ask: (user: string) => Promise<number>;
  readonly errors: unknown[];
}

let users = 0;

workWithRedis<Site>({
  installedAs: 'rate-limit-redis',
  beside: ['express-rate-limit'],
  majors: [4, 5, 6],
  outage: 'requests are let through (`passOnStoreError`), and counted again afterwards',
  async start(client, test) {
    const errors: unknown[] = [];
    const app = express();
    app.use(
      rateLimit({
        windowMs: 60_000,
        limit: 2,
        passOnStoreError: true,
        logger: { error: (error: unknown) => errors.push(error), warn: console.warn },
        keyGenerator: ({ query }) => query['user'] as string,
        store: new RedisStore({ sendCommand: (...args) => client.sendCommand(args) }),
      }),
    );
    app.get('/', (_request, response) => {
      response.end();
    });
    const url = await listen(app, test);
    const ask = async (user: string) => (await fetch(`${url}?user=${user}`)).status;
    return { ask, errors };
  },
  async works({ ask, errors }) {
    const before = errors.length;
    const user = `user${++users}`;
    const answers = [await ask(user), await ask(user), await ask(user)];
    expect(errors.slice(before)).toEqual([]);
    expect(answers).toEqual([200, 200, 429]);
  },
  async away({ ask, errors }) {
    const before = errors.length;
    expect(await ask('somebody')).toBe(200);
    expect(errors.length).toBeGreaterThan(before);
  },
});
