import { mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { majors } from '../support/clients.ts';
import { freePort } from '../support/free-port.ts';
import { RedisServer } from '../support/redis-server.ts';
import { HASTY, PATIENT, refusal } from './refusal.ts';
import { BRISK, connected, wrap } from './wrapped.ts';

const dir = mkdtempSync(join(tmpdir(), 'socket-'));
const path = join(dir, 'redis.sock');
const password = 'p@ss/w:rd#?%41';
const encoded = encodeURIComponent(password);
const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);

let server: RedisServer;

beforeAll(async () => {
  const bind = ['127.0.0.1', ...(hasIpv6 ? ['::1'] : [])];
  server = await RedisServer.start({
    password,
    args: ['--unixsocket', path, '--databases', '16', '--bind', ...bind],
  });
  await server.must('ACL', 'SETUSER', 'app', 'on', `>${password}`, '~*', '+@all');
});
afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** The numbers of those databases that have the key. */
async function databasesWith(key: string): Promise<number[]> {
  const all = Array.from({ length: 16 }, (_, index) => index);
  const replies = await server.pipeline(
    all.flatMap((one) => [
      ['SELECT', `${one}`],
      ['EXISTS', key],
    ]),
  );
  return all.filter((one) => replies[2 * one + 1] === 1);
}

describe.each(majors)('$name', (version) => {
  const at = (userinfo: string, rest = '') => `redis://${userinfo}@127.0.0.1:${server.port}${rest}`;
  const address = (rest = '') => server.url + rest;
  const by = (socket: object) => ({ url: undefined, socket, username: 'app', password });

  it.for([
    { title: 'user, password and database', of: () => ({ url: at(`app:${encoded}`, '/3') }) },
    { title: 'a password', of: () => ({ url: at(`:${encoded}`) }), user: 'default', database: 0 },
    {
      title: 'a database beside the URL',
      of: () => ({ url: at(`app:${encoded}`), database: 3 }),
    },
    {
      title: 'no URL',
      of: () => ({ ...by({ host: '127.0.0.1', port: server.port }), database: 3 }),
    },
    { title: 'a Unix socket', of: () => ({ ...by({ path }), database: 3 }) },
    ...(hasIpv6
      ? [
          {
            title: 'an IPv6 host',
            of: () => ({ ...by({ host: '::1', port: server.port }), database: 3 }),
          },
        ]
      : []),
  ])('connects with $title, and again after it was lost', async (row, test) => {
    const { of, user = 'app', database = 3 } = row;
    const redis = await connected(test, version, server.port, BRISK, of());
    const lost = new Promise((resolve) => redis.resilience.on('connection.lost', resolve));
    expect(await redis.sendCommand(['ACL', 'WHOAMI'])).toBe(user);
    await server.command('CLIENT', 'KILL', 'TYPE', 'normal');
    await lost;
    const key = `${version.name} with ${row.title}`;
    expect(await redis.set(key, 'value')).toBe('OK');
    expect(await redis.sendCommand(['ACL', 'WHOAMI'])).toBe(user);
    expect(await databasesWith(key)).toEqual([database]);
  });

  it('leaves a frozen server behind a Unix socket in time, and comes back to it', async (test) => {
    const redis = await connected(test, version, server.port, BRISK, by({ path }));
    await server.freeze();
    await expect(redis.incr('n')).rejects.toMatchObject({ execution: 'unknown' });
    server.thaw();
    await expect.poll(() => redis.ping().catch(() => undefined)).toBe('PONG');
  });

  it.for([
    { title: 'a wrong password', of: () => ({ url: at('app:hunter2') }), kind: 'auth' },
    { title: 'an unknown user', of: () => ({ url: at('hunter2:hunter2') }), kind: 'auth' },
    { title: 'no password', of: () => ({ url: address() }), kind: 'auth' },
    {
      title: 'a database that the server has not',
      of: () => ({ url: at(`app:${encoded}`, '/99') }),
      rest: '/99',
    },
  ])('says where $title was refused, without waiting', async (row, test) => {
    const { of, kind = 'transport', rest = '' } = row;
    const redis = wrap(test, version, server.port, PATIENT, of());
    await refusal(redis, { kind, address: address(rest), secrets: ['hunter2', password, encoded] });
  });

  it('says where nobody listens', async (test) => {
    const port = await freePort();
    const redis = wrap(test, version, port, HASTY);
    const error = await refusal(redis, { kind: 'transport', address: `redis://127.0.0.1:${port}` });
    expect((error.cause as { code: string }).code).toBe('ECONNREFUSED');
  });

  it('says where no Unix socket is', async (test) => {
    const missing = `${path}.missing`;
    const redis = wrap(test, version, server.port, HASTY, by({ path: missing }));
    const error = await refusal(redis, { kind: 'transport', address: missing });
    expect((error.cause as { code: string }).code).toBe('ENOENT');
  });

  it('lets the client refuse a URL that is none, before there is anything to guard', () => {
    const create = (rest: string) => () => version.createClient({ url: at(':hunter2', rest) });
    expect(create('/abc')).toThrow(new TypeError('Invalid pathname'));
  });
});
