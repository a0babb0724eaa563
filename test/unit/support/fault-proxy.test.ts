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

test('passes bytes both ways and counts links and connects', async () => {
  const { client, server } = await wire.link();
  client.send('question');
  server.send('answer');
  expect(await server.getsText('question')).toBe(true);
  expect(await client.getsText('answer')).toBe(true);
  await wire.link();
  expect([wire.proxy.links, wire.proxy.connects]).toEqual([2, 2]);
  client.socket.destroy();
  await vi.waitFor(() => {
    expect([wire.proxy.links, wire.proxy.connects]).toEqual([1, 2]);
    expect(server.ended).toBe(true);
  }, eventually);
});

test('passes more bytes than the sockets can hold', async () => {
  const { client, server } = await wire.link();
  const bytes = Buffer.alloc(8_000_000, 'redis');
  server.send(bytes);
  expect((await client.gets(bytes.length)).equals(bytes)).toBe(true);
});

test('passes FIN one way only', async () => {
  const { client, server } = await wire.link();
  client.socket.end('last words');
  await vi.waitFor(() => {
    expect(server.ended).toBe(true);
  }, eventually);
  expect(server.received.toString()).toBe('last words');
  server.send('late answer');
  expect(await client.getsText('late answer')).toBe(true);
});

test('passes on a reset by the server', async () => {
  const { client, server } = await wire.link();
  server.socket.resetAndDestroy();
  await vi.waitFor(() => {
    expect(client.error).toBe('ECONNRESET');
  }, eventually);
});

test('reset is ECONNRESET at the client, on idle links too', async () => {
  const { client } = await wire.link();
  wire.proxy.reset();
  await vi.waitFor(() => {
    expect([client.error, client.ended]).toEqual(['ECONNRESET', false]);
  }, eventually);
  expect(wire.proxy.links).toBe(0);
});

test('end is FIN at the client, without an error', async () => {
  const { client, server } = await wire.link();
  wire.proxy.end();
  await vi.waitFor(() => {
    expect([client.ended, server.ended, client.error]).toEqual([true, true, undefined]);
  }, eventually);
});

test('down refuses new connections and keeps the existing, up serves again', async () => {
  const { client, server } = await wire.link();
  wire.proxy.down();
  await expect(wire.dial()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  server.send('still here');
  expect(await client.getsText('still here')).toBe(true);
  await wire.proxy.up();
  const again = await wire.link();
  again.server.send('back');
  expect(await again.client.getsText('back')).toBe(true);
});

test('down resets the existing links where asked to', async () => {
  const { client } = await wire.link();
  wire.proxy.down({ reset: true });
  await vi.waitFor(() => {
    expect(client.error).toBe('ECONNRESET');
  }, eventually);
});

test('delay holds bytes up in each direction', async () => {
  const { client, server } = await wire.link();
  wire.proxy.delay(50);
  const sentAt = performance.now();
  client.send('question');
  await server.gets(8);
  expect(performance.now() - sentAt).toBeGreaterThanOrEqual(49);
  server.send('answer');
  await client.gets(6);
  expect(performance.now() - sentAt).toBeGreaterThanOrEqual(98);
});

test('stall holds all back in order, even FIN, and release delivers it', async () => {
  const { client, server } = await wire.link();
  wire.proxy.stall();
  client.send('one ');
  client.socket.end('two');
  server.send('three ');
  await sleep(quietMs);
  server.send('four');
  await sleep(quietMs);
  expect([client.segments, server.segments, server.ended]).toEqual([[], [], false]);
  wire.proxy.release();
  expect(await client.getsText('three four')).toBe(true);
  expect(await server.getsText('one two')).toBe(true);
  await vi.waitFor(() => {
    expect(server.ended).toBe(true);
  }, eventually);
});

test('slice delivers replies in segments of the size', async () => {
  const { client, server } = await wire.link();
  wire.proxy.slice(3);
  server.send('+PONG\r\n');
  await client.gets(7);
  expect(client.segments.map(String)).toEqual(['+PO', 'NG\r', '\n']);
});
