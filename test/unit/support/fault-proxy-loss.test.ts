import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Peer } from './wire.ts';
import { eventually, quietMs, Wire } from './wire.ts';

let wire: Wire;

beforeEach(async () => {
  wire = await Wire.start();
});

afterEach(async () => {
  await wire.stop();
});

async function expectAlive({ client, server }: { client: Peer; server: Peer }): Promise<void> {
  const before = [client.received.toString(), server.received.toString()];
  client.send('question');
  server.send('answer');
  expect(await client.getsText(`${before[0] ?? ''}answer`)).toBe(true);
  expect(await server.getsText(`${before[1] ?? ''}question`)).toBe(true);
}

async function expectDead({ client, server }: { client: Peer; server: Peer }): Promise<void> {
  const before = [client.received, server.received];
  client.send('question');
  server.send('answer');
  await sleep(quietMs);
  expect([client.received, server.received]).toEqual(before);
  expect([client.ended, client.error]).toEqual([false, undefined]);
}

test('a deadened link is silent for ever while a new one is alive', async () => {
  const old = await wire.link();
  wire.proxy.deadenExisting();
  await expectDead(old);
  await expectAlive(await wire.link());
  wire.proxy.heal();
  await expectDead(old);
});

test('a deadened link hides that the other side closes', async () => {
  const cut = await wire.link();
  const ended = await wire.link();
  const left = await wire.link();
  wire.proxy.deadenExisting();
  cut.server.socket.resetAndDestroy();
  ended.server.socket.end();
  left.client.socket.destroy();
  await sleep(quietMs);
  for (const { client } of [cut, ended]) {
    expect([client.ended, client.error]).toEqual([false, undefined]);
  }
  expect(left.server.ended).toBe(false);
  expect(wire.proxy.links).toBe(2);
});

test('a black hole silences old and new links; after heal new ones are fine', async () => {
  const old = await wire.link();
  wire.proxy.blackhole();
  await expectDead(old);
  const young = await wire.dial();
  young.send('hello');
  await sleep(quietMs);
  wire.proxy.heal();
  await expectAlive(await wire.link());
  await expectDead(old);
  expect([young.received.length, young.ended, young.error]).toEqual([0, false, undefined]);
});

test('silentAccept accepts and never answers, and leaves existing links alone', async () => {
  const old = await wire.link();
  wire.proxy.silentAccept();
  const young = await wire.dial();
  young.send('hello');
  await expectAlive(old);
  await sleep(quietMs);
  expect([young.received.length, wire.accepted, wire.proxy.links]).toEqual([0, 1, 2]);
  wire.proxy.reset();
  await vi.waitFor(() => {
    expect(young.error).toBe('ECONNRESET');
  }, eventually);
});

test('swallowed replies are gone while requests get through', async () => {
  const { client, server } = await wire.link();
  wire.proxy.swallowReplies();
  client.send('question');
  expect(await server.getsText('question')).toBe(true);
  server.send('swallowed');
  await sleep(quietMs);
  wire.proxy.restoreReplies();
  server.send('answer');
  expect(await client.getsText('answer')).toBe(true);
});

test('cutAfter delivers exactly that many more bytes and then resets', async () => {
  const { client, server } = await wire.link();
  server.send('before');
  await client.gets(6);
  wire.proxy.cutAfter(4);
  server.send('$5\r\nvalue\r\n');
  await vi.waitFor(() => {
    expect(client.error).toBe('ECONNRESET');
  }, eventually);
  expect(client.received.toString()).toBe('before$5\r\n');
  await expectAlive(await wire.link());
});

test('cutAfter cuts new links too where asked to, until heal', async () => {
  wire.proxy.cutAfter(2, { newLinks: true });
  const { client, server } = await wire.link();
  server.send('answer');
  await vi.waitFor(() => {
    expect(client.error).toBe('ECONNRESET');
  }, eventually);
  expect(client.received.toString()).toBe('an');
  wire.proxy.heal();
  await expectAlive(await wire.link());
});

test('injected bytes come after the replies that are under way, at each client', async () => {
  const [one, two] = [await wire.link(), await wire.link()];
  wire.proxy.delay(20);
  one.server.send('true ');
  await sleep(10);
  wire.proxy.inject('false');
  expect(await one.client.getsText('true false')).toBe(true);
  expect(await two.client.getsText('false')).toBe(true);
});

test('heal ends every lasting fault', async () => {
  const old = await wire.link();
  wire.proxy.delay(10_000);
  old.server.send('under way ');
  await sleep(quietMs);
  expect(old.client.received.length).toBe(0);
  wire.proxy.jitter(10_000, 1);
  wire.proxy.rate(0.01);
  wire.proxy.slice(1, 'requests');
  wire.proxy.stall();
  wire.proxy.swallowReplies();
  wire.proxy.cutAfter(1, { newLinks: true });
  wire.proxy.silentAccept();
  wire.proxy.resetAccept();
  wire.proxy.heal();
  expect(await old.client.getsText('under way ')).toBe(true);
  await expectAlive(old);
  await expectAlive(await wire.link());
});
