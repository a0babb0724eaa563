import { RedisStore } from 'connect-redis';
import { RedisStore as RedisStore8 } from 'connect-redis-8';
import express from 'express';
import session from 'express-session';
import { expect } from 'vitest';
import { isOutage } from 'redis-resilience';
import type { AnyClient } from '../support/clients.ts';
import { workWithRedis, type Cleanup, type Guest } from './conditions.ts';
import { listen } from './site.ts';

declare module 'express-session' {
  interface SessionData {
    visits: number;
  }
}

type Store = RedisStore | RedisStore8;

interface Site {
  readonly store: Store;
  /** Visits the site with the cookie of a session, or without one. */
  readonly visit: (cookie?: string) => Promise<Response>;
  /** Of a visitor who has been there before. */
  readonly cookie: string;
}

const sessions = (
  makeStore: (client: AnyClient) => Store,
): Omit<Guest<Site>, 'installedAs' | 'majors'> => ({
  beside: ['express-session'],
  outage: 'the error reaches the callback, or the error handler of express',
  async start(client, test) {
    const store = makeStore(client);
    const visit = await site(store, test);
    const { headers } = await visit();
    return { store, visit, cookie: headers.getSetCookie().join() };
  },
  async works({ store, visit }) {
    const first = await visit();
    expect(await first.text()).toBe('1');
    const cookie = first.headers.getSetCookie().join();
    expect(await (await visit(cookie)).text()).toBe('2');
    const ids: string[] = await store.ids();
    const [id = ''] = ids.filter((id) => cookie.includes(encodeURIComponent(id)));
    expect(await store.get(id)).toMatchObject({ visits: 2 });
    expect(await store.all()).toContainEqual(expect.objectContaining({ id, visits: 2 }));
    await store.destroy(id);
    expect(await store.get(id)).toBeNull();
  },
  async away({ store, visit, cookie }) {
    const [response] = await Promise.all([
      visit(cookie),
      expect(store.get('any')).rejects.toSatisfy(isOutage),
    ]);
    expect(response.status).toBe(503);
  },
});

workWithRedis(
  {
    installedAs: 'connect-redis-8',
    majors: [4],
    ...sessions((client) => new RedisStore8({ client })),
  },
  {
    installedAs: 'connect-redis',
    majors: [5, 6],
    ...sessions((client) => new RedisStore({ client: client as never })),
  },
);

async function site(store: Store, test: Cleanup): Promise<Site['visit']> {
  const app = express();
  app.use(session({ store, secret: 'a secret', resave: false, saveUninitialized: false }));
  app.get('/', (request, response) => {
    request.session.visits = (request.session.visits ?? 0) + 1;
    response.send(String(request.session.visits));
  });
  const unavailable: express.ErrorRequestHandler = (error, _request, response, next) => {
    if (isOutage(error)) response.status(503).end();
    else next(error);
  };
  app.use(unavailable);
  const url = await listen(app, test);
  return (cookie = '') => fetch(url, { headers: { cookie } });
}
