import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { eventually, Wire } from './wire.ts';

const chunk = fc.uint8Array({ minLength: 1, maxLength: 300 });
const chunks = fc.array(chunk, { minLength: 1, maxLength: 12 });
const bounded = { numRuns: 20, interruptAfterTimeLimit: 5_000, markInterruptAsFailure: false };

/** Checks the property on a wire of its own in each run. */
async function check<T>(
  arbitrary: fc.Arbitrary<T>,
  holds: (wire: Wire, input: T) => Promise<void>,
) {
  const property = fc.asyncProperty(arbitrary, async (input) => {
    const wire = await Wire.start();
    try {
      await holds(wire, input);
    } finally {
      await wire.stop();
    }
  });
  await fc.assert(property, bounded);
}

/** A turn of the event loop, so that chunks sent apart can arrive apart. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('bytes stay identical and in order while delays and slices change', async () => {
  const step = fc.record({
    up: chunk,
    down: chunk,
    delayMs: fc.integer({ min: 0, max: 8 }),
    sliceBytes: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constant(Infinity)),
  });
  await check(fc.array(step, { minLength: 1, maxLength: 12 }), async (wire, steps) => {
    const { client, server } = await wire.link();
    for (const { up, down, delayMs, sliceBytes } of steps) {
      wire.proxy.delay(delayMs);
      wire.proxy.slice(sliceBytes);
      client.send(up);
      server.send(down);
      await turn();
    }
    const up = Buffer.concat(steps.map((each) => each.up));
    const down = Buffer.concat(steps.map((each) => each.down));
    expect((await server.gets(up.length)).equals(up)).toBe(true);
    expect((await client.gets(down.length)).equals(down)).toBe(true);
  });
});

test('bytes stay identical and in order over any stalls and releases', async () => {
  const step = fc.record({ down: chunk, stalled: fc.boolean() });
  await check(fc.array(step, { minLength: 1, maxLength: 12 }), async (wire, steps) => {
    const { client, server } = await wire.link();
    for (const { down, stalled } of steps) {
      if (stalled) wire.proxy.stall();
      else wire.proxy.release();
      server.send(down);
      await turn();
    }
    wire.proxy.release();
    const sent = Buffer.concat(steps.map(({ down }) => down));
    expect((await client.gets(sent.length)).equals(sent)).toBe(true);
  });
});

test('a cut after N bytes delivers exactly the first N, sliced or not', async () => {
  const input = fc.record({
    chunks,
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    sliceBytes: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constant(Infinity)),
  });
  await check(input, async (wire, { chunks, share, sliceBytes }) => {
    const sent = Buffer.concat(chunks);
    const size = Math.floor(sent.length * share);
    const { client, server } = await wire.link();
    wire.proxy.slice(sliceBytes);
    wire.proxy.cutAfter(size);
    for (const each of chunks) {
      server.send(each);
      await turn();
    }
    await vi.waitFor(() => {
      expect(client.error).toBe('ECONNRESET');
    }, eventually);
    expect(client.received.equals(sent.subarray(0, size))).toBe(true);
  });
});
