import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { eventually, quietMs, Wire } from './wire.ts';

let wire: Wire;

beforeEach(async () => {
  wire = await Wire.start();
});

afterEach(async () => {
  await wire.stop();
});

/** How a new connection ends; the reset may come before the client has noticed that it was accepted. */
async function dialled(): Promise<string> {
  try {
    const peer = await wire.dial();
    return await vi.waitFor(() => {
      if (peer.error === undefined) throw new Error('the connection lives');
      return peer.error;
    }, eventually);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

test('a half-closed link gives the client FIN while requests still pass', async () => {
  const { client, server } = await wire.link();
  wire.proxy.halfClose();
  await vi.waitFor(() => {
    expect(client.ended).toBe(true);
  }, eventually);
  client.send('question');
  server.send('unheard');
  expect(await server.getsText('question')).toBe(true);
  await sleep(quietMs);
  expect([client.received.length, client.error, server.ended]).toEqual([0, undefined, false]);
});

test('resetAccept resets every new connection and no old one, until heal', async () => {
  const old = await wire.link();
  wire.proxy.resetAccept();
  const storm = await Promise.all(Array.from({ length: 20 }, dialled));
  expect(new Set(storm)).toEqual(new Set(['ECONNRESET']));
  expect([wire.proxy.connects, wire.proxy.links, wire.accepted]).toEqual([21, 1, 1]);
  old.server.send('answer');
  expect(await old.client.getsText('answer')).toBe(true);
  wire.proxy.heal();
  const young = await wire.link();
  young.server.send('answer');
  expect(await young.client.getsText('answer')).toBe(true);
});

test('a stall of one way leaves the other alone', async () => {
  const { client, server } = await wire.link();
  wire.proxy.stall('replies');
  client.send('question');
  server.send('answer');
  expect(await server.getsText('question')).toBe(true);
  await sleep(quietMs);
  expect(client.received.length).toBe(0);
  wire.proxy.stall('requests');
  wire.proxy.release('replies');
  client.send(' again');
  expect(await client.getsText('answer')).toBe(true);
  await sleep(quietMs);
  expect(server.received.toString()).toBe('question');
  wire.proxy.release();
  expect(await server.getsText('question again')).toBe(true);
});

test('a rate, a delay and a jitter of one way leave the other alone', async () => {
  const { client, server } = await wire.link();
  const [longMs, slowly] = [60_000, 0.01];
  for (const slow of [
    () => {
      wire.proxy.rate(slowly, 'requests');
    },
    () => {
      wire.proxy.delay(longMs, 'requests');
    },
    () => {
      wire.proxy.jitter(longMs, 1, 'requests');
    },
  ]) {
    const before = [client.received.length, server.received.length] as const;
    slow();
    client.send('question');
    server.send('answer');
    await client.gets(before[0] + 6);
    await sleep(quietMs);
    expect(server.received.length).toBe(before[1]);
    wire.proxy.heal();
    await server.gets(before[1] + 8);
  }
});

test('a rate earns no credit while other conditions hold', async () => {
  const { client, server } = await wire.link();
  wire.proxy.stall();
  wire.proxy.rate(1_000);
  server.send(Buffer.alloc(100));
  await sleep(quietMs * 2);
  const releasedAt = performance.now();
  wire.proxy.release();
  await client.gets(100);
  expect(client.lastSegmentAt - releasedAt).toBeGreaterThanOrEqual(99);
});

test('cutAfter ends new links by FIN too where asked to, until heal', async () => {
  wire.proxy.cutAfter(2, { how: 'end', newLinks: true });
  const { client, server } = await wire.link();
  server.send('answer');
  await vi.waitFor(() => {
    expect([client.ended, server.ended, client.error]).toEqual([true, true, undefined]);
  }, eventually);
  expect(client.received.toString()).toBe('an');
  wire.proxy.heal();
  const young = await wire.link();
  young.server.send('answer');
  expect(await young.client.getsText('answer')).toBe(true);
});

test('slices of requests are asked for by name', async () => {
  const { client, server } = await wire.link();
  wire.proxy.slice(3, 'requests');
  client.send('PING');
  server.send('PONG');
  await server.gets(4);
  await client.gets(4);
  expect(server.segments.map(String)).toEqual(['PIN', 'G']);
  expect(client.segments.map(String)).toEqual(['PONG']);
});
