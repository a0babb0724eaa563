import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { seeded } from '../../support/fault-conditions.ts';
import type { Way } from '../../support/fault-conditions.ts';
import type { FaultProxy } from '../../support/fault-proxy.ts';
import { eventually, Wire } from './wire.ts';

const chunk = fc.uint8Array({ minLength: 1, maxLength: 300 });
const chunks = fc.array(chunk, { minLength: 1, maxLength: 12 });
const bounded = { numRuns: 20, interruptAfterTimeLimit: 4_000, markInterruptAsFailure: false };
/** Beyond the limit above, one run may last as long as what must happen is waited for. */
const unhurried = { timeout: 20_000 };

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

const ways = fc.constantFrom<Way | undefined>(undefined, 'requests', 'replies');

/** One change of a proxy's conditions, as text for the report and as the deed. */
const change = fc.oneof(
  fc.tuple(fc.constant('delay' as const), fc.nat({ max: 8 })),
  fc.tuple(fc.constant('jitter' as const), fc.nat({ max: 8 }), fc.integer()),
  fc.tuple(
    fc.constant('rate' as const),
    fc.oneof(fc.integer({ min: 20_000, max: 200_000 }), fc.constant(Infinity)),
  ),
  fc.tuple(
    fc.constant('slice' as const),
    fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constant(Infinity)),
  ),
  fc.tuple(fc.constantFrom('stall' as const, 'release' as const)),
);

function make(proxy: FaultProxy, [what, ...amounts]: readonly unknown[], way?: Way): void {
  const fault = proxy[what as 'delay'].bind(proxy) as (...args: unknown[]) => void;
  fault(...amounts, way);
}

test('bytes stay identical and in order in any mix of faults that change', unhurried, async () => {
  const step = fc.record({ up: chunk, down: chunk, change: fc.option(change), way: ways });
  const input = fc.record({
    steps: fc.array(step, { minLength: 1, maxLength: 12 }),
    healed: fc.boolean(),
  });
  await check(input, async (wire, { steps, healed }) => {
    const { client, server } = await wire.link();
    for (const { up, down, change, way } of steps) {
      if (change) make(wire.proxy, change, way);
      client.send(up);
      server.send(down);
      await turn();
    }
    if (healed) wire.proxy.heal();
    else wire.proxy.release();
    const up = Buffer.concat(steps.map((each) => each.up));
    const down = Buffer.concat(steps.map((each) => each.down));
    expect((await server.gets(up.length)).equals(up)).toBe(true);
    expect((await client.gets(down.length)).equals(down)).toBe(true);
  });
});

test('a rate takes at least the time it must', unhurried, async () => {
  const input = fc.record({ chunks, bytesPerSecond: fc.integer({ min: 10_000, max: 100_000 }) });
  await check(input, async (wire, { chunks, bytesPerSecond }) => {
    const { client, server } = await wire.link();
    const sent = Buffer.concat(chunks);
    wire.proxy.rate(bytesPerSecond);
    const begunAt = performance.now();
    for (const each of chunks) {
      client.send(each);
      server.send(each);
      await turn();
    }
    for (const peer of [client, server]) {
      expect((await peer.gets(sent.length)).equals(sent)).toBe(true);
      const leastMs = (sent.length / bytesPerSecond) * 1_000;
      expect(peer.lastSegmentAt - begunAt).toBeGreaterThanOrEqual(leastMs - 1);
    }
  });
});

test(
  'a chunk waits for its share of the jitter, which follows from the seed',
  unhurried,
  async () => {
    const input = fc.record({ seed: fc.integer(), shares: fc.array(chunk, { maxLength: 4 }) });
    await check(input, async (wire, { seed, shares }) => {
      const { client, server } = await wire.link();
      const jitterMs = 20;
      wire.proxy.jitter(jitterMs, seed);
      const draw = seeded(seed);
      for (const each of shares) {
        const sentAt = performance.now();
        const before = client.received.length;
        server.send(each);
        await client.gets(before + each.length);
        expect(client.lastSegmentAt - sentAt).toBeGreaterThanOrEqual(draw() * jitterMs - 1);
      }
    });
  },
);

test('a cut after N bytes delivers exactly the first N, sliced or not', unhurried, async () => {
  const input = fc.record({
    chunks,
    how: fc.constantFrom('end' as const, 'reset' as const),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    sliceBytes: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constant(Infinity)),
  });
  await check(input, async (wire, { chunks, how, share, sliceBytes }) => {
    const sent = Buffer.concat(chunks);
    const size = Math.floor(sent.length * share);
    const { client, server } = await wire.link();
    wire.proxy.slice(sliceBytes);
    wire.proxy.cutAfter(size, { how });
    for (const each of chunks) {
      server.send(each);
      await turn();
    }
    const [ended, error] = how === 'end' ? [true, undefined] : [false, 'ECONNRESET'];
    await vi.waitFor(() => {
      expect([client.ended, client.error]).toEqual([ended, error]);
    }, eventually);
    expect(client.received.equals(sent.subarray(0, size))).toBe(true);
  });
});
