import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { AuthError, PermissionError } from 'redis-resilience';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Certificates, type Certificate } from '../support/certificates.ts';
import { majors } from '../support/clients.ts';
import { RedisServer, type RedisServerOptions } from '../support/redis-server.ts';
import { HASTY, PATIENT, refusal } from './refusal.ts';
import { BRISK, connected, wrap } from './wrapped.ts';

const secret = 'hunter2/%@:#';
const certificates = await Certificates.make();
const { ca, server: right, client, expired, wrongName, selfSigned } = certificates;
const started: RedisServer[] = [];

async function start(options: RedisServerOptions): Promise<RedisServer> {
  const server = await RedisServer.start(options);
  started.push(server);
  return server;
}

const tls = (certificate: Certificate, clientCertificates = false) => ({
  tls: { certificate, ca, clientCertificates },
});

let server: RedisServer;
let strict: RedisServer;
let plain: RedisServer;
const wrong = new Map<Certificate, RedisServer>();

beforeAll(async () => {
  [server, strict, plain] = await Promise.all([
    start(tls(right)),
    start(tls(right, true)),
    start({}),
    ...[expired, wrongName, selfSigned].map(async (one) => wrong.set(one, await start(tls(one)))),
  ]);
  await server.must('ACL', 'SETUSER', 'app', 'on', `>${secret}`, '~app:*', '+@all', '-@dangerous');
});
afterAll(async () => {
  await Promise.all(started.map((one) => one.stop()));
  certificates.remove();
});

describe.each(majors)('$name over TLS', (version) => {
  const socket = { ca: ca.cert };

  it('trusts a private CA by `rediss://` or by option, and after a lost connection again', async (test) => {
    for (const options of [
      { url: server.url, socket },
      { url: undefined, socket: { ...socket, tls: true, host: '127.0.0.1', port: server.port } },
    ]) {
      const redis = await connected(test, version, server.port, BRISK, options);
      const lost = new Promise((resolve) => redis.resilience.on('connection.lost', resolve));
      expect(await redis.set('app:greeting', 'hello')).toBe('OK');
      await server.command('CLIENT', 'KILL', 'TYPE', 'normal');
      const killedAt = performance.now();
      await lost;
      // Not by the next heartbeat.
      expect(performance.now() - killedAt).toBeLessThan(2_000);
      expect(await redis.get('app:greeting')).toBe('hello');
      await redis.resilience.shutdown();
    }
  });

  it('holds an ACL user to its rights', async (test) => {
    const redis = await connected(test, version, server.port, BRISK, {
      url: `rediss://app:${encodeURIComponent(secret)}@127.0.0.1:${server.port}`,
      socket,
    });
    expect(await redis.set('app:key', 'value')).toBe('OK');
    for (const refused of [() => redis.get('else'), () => redis['flushAll']()]) {
      const error: unknown = await refused().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(PermissionError);
      expect(error).toMatchObject({ kind: 'permission', execution: 'not-executed', attempts: 1 });
    }
    expect(redis.resilience.state).toBe('closed');
    expect(await redis.get('app:key')).toBe('value');
  });

  it('shows the certificate that the server asks for', async (test) => {
    const { cert, key } = client;
    const redis = await connected(test, version, strict.port, BRISK, {
      url: strict.url,
      socket: { ...socket, cert, key },
    });
    expect(await redis.ping()).toBe('PONG');
  });

  it('says which server asked for a certificate that it has not', async (test) => {
    const redis = wrap(test, version, strict.port, PATIENT, { url: strict.url, socket });
    // The server resets the connection right behind its alert, which is often not read any more.
    await refusal(redis, { kind: 'transport', address: strict.url, withinMs: 25_000 });
  });

  it('says which server refused its credentials', async (test) => {
    const redis = wrap(test, version, server.port, PATIENT, {
      url: `rediss://app:not-${secret.slice(0, 7)}@127.0.0.1:${server.port}`,
      socket,
    });
    const error = await refusal(redis, { kind: 'auth', address: server.url, secrets: ['hunter2'] });
    expect(error).toBeInstanceOf(AuthError);
    expect(error.message).toMatch(/^WRONGPASS /);
  });

  it.for([
    { title: 'has expired', of: () => wrong.get(expired), code: 'CERT_HAS_EXPIRED' },
    {
      title: 'is for another host',
      of: () => wrong.get(wrongName),
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
    },
    {
      title: 'nobody has signed',
      of: () => wrong.get(selfSigned),
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    },
    {
      title: 'an unknown CA has signed',
      of: () => server,
      code: 'SELF_SIGNED_CERT_IN_CHAIN',
      trusted: [],
    },
  ])('refuses a certificate that $title, without waiting', async (row, test) => {
    const { of, code, trusted = [ca.cert] } = row;
    const { port, url: address } = of()!;
    const redis = wrap(test, version, port, PATIENT, {
      url: `rediss://:hunter2@127.0.0.1:${port}`,
      socket: { ca: trusted },
    });
    const error = await refusal(redis, { kind: 'transport', address, secrets: ['hunter2'] });
    expect(error).toMatchObject({ execution: 'not-sent', cause: { code } });
  });

  // Redis 4 ends the process, and only the client sees what TLS carries.
  if (version.major > 4) {
    it('leaves a connection at once on which comes a reply that nobody asked for', async (test) => {
      const accepted: TLSSocket[] = [];
      const { cert, key } = right;
      const front = createServer({ cert, key }, (incoming) => {
        accepted.push(incoming);
        const through = connect(plain.port, '127.0.0.1');
        incoming.pipe(through).pipe(incoming);
        for (const end of [incoming, through]) end.on('error', () => through.destroy());
      }).listen(0, '127.0.0.1');
      await once(front, 'listening');
      test.onTestFinished(() => {
        front.close();
      });
      const { port } = front.address() as AddressInfo;
      const url = `rediss://127.0.0.1:${port}`;
      const redis = await connected(test, version, port, BRISK, { url, socket });
      const lost: string[] = [];
      redis.resilience.on('connection.lost', ({ failure }) => lost.push(failure.kind));
      accepted[0]!.write('+OK\r\n');
      await expect.poll(() => lost).toEqual(['transport']);
      expect(await redis.ping()).toBe('PONG');
      expect(accepted).toHaveLength(2);
    });
  }

  it('says where it spoke TLS to a server that does not', async (test) => {
    const address = `rediss://127.0.0.1:${plain.port}`;
    const redis = wrap(test, version, plain.port, HASTY, { url: address, socket });
    await refusal(redis, { kind: 'transport', address });
  });

  it('says where it spoke plain text to a server that wants TLS', async (test) => {
    const address = `redis://127.0.0.1:${server.port}`;
    const redis = wrap(test, version, server.port, HASTY, {
      url: `redis://:hunter2@127.0.0.1:${server.port}`,
    });
    await refusal(redis, { kind: 'transport', address, secrets: ['hunter2'] });
  });
});
