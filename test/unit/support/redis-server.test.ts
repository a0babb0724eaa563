import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { Certificates } from '../../support/certificates.ts';
import { findOnPath } from '../../support/find-redis-server.js';
import { RedisServer } from '../../support/redis-server.ts';
import type { RedisServerOptions } from '../../support/redis-server.ts';

const started: RedisServer[] = [];

async function start(options?: RedisServerOptions): Promise<RedisServer> {
  const server = await RedisServer.start(options);
  started.push(server);
  return server;
}

/** Whether a process has this id; one that has ended but was not yet reaped counts as gone. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync('/proc') || !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
});

test('runs commands over connections of its own', async () => {
  const server = await start();
  expect(server.url).toBe(`redis://127.0.0.1:${server.port}`);
  expect(await server.command('SET', 'key', 'välue')).toBe('+OK\r\n');
  expect(await server.command('GET', 'key')).toBe('$6\r\nvälue\r\n');
  expect(await server.command('NONSENSE')).toMatch(/^-ERR unknown command/);
  expect(
    await server.pipeline([
      ['GET', 'key'],
      ['MGET', 'key', 'none'],
      ['INCR', 'n'],
    ]),
  ).toEqual(['välue', ['välue', null], 1]);
  expect(await server.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')).toBe(':0\r\n');
  expect(await server.command('DEBUG', 'SLEEP', '0')).toBe('+OK\r\n');
});

test('kill ends the process and restart brings it back empty on the same port', async () => {
  const server = await start({ args: ['--maxclients', '77'] });
  const { pid, port } = server;
  await server.command('SET', 'key', 'value');
  await server.kill();
  expect(isAlive(pid)).toBe(false);
  await expect(server.command('PING')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await server.restart();
  expect([server.port, server.pid === pid]).toEqual([port, false]);
  expect(await server.command('GET', 'key')).toBe('$-1\r\n');
  expect(await server.command('CONFIG', 'GET', 'maxclients')).toContain('77');
});

test('restart keeps the data where the arguments turn persistence on', async () => {
  const server = await start({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });
  await server.command('SET', 'key', 'value');
  await server.restart();
  expect(await server.command('GET', 'key')).toBe('$5\r\nvalue\r\n');
});

test('a frozen server answers nothing until it is thawed', async () => {
  const server = await start();
  await server.freeze();
  const reply = server.command('PING');
  expect(await Promise.race([reply, sleep(100, 'silence')])).toBe('silence');
  server.thaw();
  expect(await reply).toBe('+PONG\r\n');
});

test('authenticates with its password, and with a later one where told', async () => {
  const server = await start({ password: 'first' });
  expect(await server.command('CONFIG', 'SET', 'requirepass', 'second')).toBe('+OK\r\n');
  expect(await server.command('PING')).toMatch(/^-NOAUTH/);
  server.password = 'second';
  expect(await server.command('PING')).toBe('+PONG\r\n');
  await server.restart();
  expect(await server.command('PING')).toBe('+PONG\r\n');
});

test('a replica is in sync when it has started, also with a password and TLS', async ({
  onTestFinished,
}) => {
  const made = await Certificates.make();
  onTestFinished(() => {
    made.remove();
  });
  const tls = { certificate: made.server, ca: made.ca, clientCertificates: true };
  const master = await start({ password: 'secret', tls });
  expect(master.url).toBe(`rediss://127.0.0.1:${master.port}`);
  await master.must('SET', 'key', 'value');
  const replica = await start({ password: 'secret', tls, replicaOf: master.port });
  expect(await replica.command('GET', 'key')).toBe('$5\r\nvalue\r\n');
  expect(await replica.info('replication')).toMatchObject({ role: 'slave' });
  await replica.kill();
  expect(replica.isRunning).toBe(false);
  await replica.restart();
  expect(replica.isRunning).toBe(true);
});

test('stop ends even a frozen server, removes its data and may be repeated', async () => {
  const server = await start();
  const { pid } = server;
  const dir = (await server.pipeline([['CONFIG', 'GET', 'dir']])) as [[string, string]];
  await server.freeze();
  await server.stop();
  await server.stop();
  expect(isAlive(pid)).toBe(false);
  expect(existsSync(dir[0][1])).toBe(false);
});

test('refuses a port that is taken', async () => {
  const { port } = await start();
  await expect(RedisServer.start({ port })).rejects.toThrow(/address already in use/i);
});

test('says why a server did not start', async () => {
  await expect(RedisServer.start({ args: ['--nonsense', 'yes'] })).rejects.toThrow(/nonsense/);
});

test.runIf(findOnPath('setpriv'))('the server dies when its runner is killed', async () => {
  // Given by the test: a runner that is killed cannot remove its server's own.
  const dir = mkdtempSync(join(tmpdir(), 'orphan-'));
  const script = `
    const { RedisServer } = await import('./test/support/redis-server.ts');
    process.stdout.write(String((await RedisServer.start(${JSON.stringify({ dir })})).pid));
  `;
  const args = ['--import', 'tsx', '--input-type', 'module', '--eval', script];
  const cwd = new URL('../../..', import.meta.url).pathname;
  const runner = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  const [pid] = (await once(runner.stdout, 'data')) as [Buffer];
  expect(isAlive(Number(pid))).toBe(true);
  runner.kill('SIGKILL');
  await vi.waitFor(() => {
    expect(isAlive(Number(pid))).toBe(false);
  });
  rmSync(dir, { recursive: true });
});
