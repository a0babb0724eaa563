import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Connections } from '../../../src/connection/connections.ts';
import { KeptLine } from '../../../src/connection/kept-line.ts';
import type { ShardLine, Shards } from '../../../src/connection/line.ts';
import { linkLayers } from '../../../src/layers/order.ts';
import { settingsOf } from '../../../src/options/settings.ts';
import type { Mode, ResilienceOptions } from '../../../src/options/types.ts';
import { Admission } from '../../../src/pipeline/admission.ts';
import type { Call } from '../../../src/pipeline/call.ts';
import type { Layer } from '../../../src/pipeline/layer.ts';
import type { ResilienceEvent } from '../../../src/telemetry/events.ts';
import { EventHub } from '../../../src/telemetry/hub.ts';
import { Counters } from '../../../src/telemetry/stats.ts';
import { callOf } from '../connection/call-of.ts';
import { CarrierStandIn } from './carrier-stand-in.ts';
import { loading, lost } from './harness.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A line that is up, in front of a carrier that answers as the test says. */
function lineTo(carrier: CarrierStandIn): KeptLine {
  const line = new KeptLine(carrier);
  line.open();
  line.up();
  return line;
}

class ShardStandIn extends KeptLine implements ShardLine {
  readonly address = '127.0.0.1:7001';
}

function linked(options: ResilienceOptions = {}, shards?: Shards, mode: Mode = 'enforce') {
  const carrier = new CarrierStandIn();
  const line = lineTo(carrier);
  const hub = new EventHub('test');
  const events: ResilienceEvent[] = [];
  hub.subscribe((event) => events.push(event));
  const separate = vi.fn(() => new Promise<never>(() => undefined));
  const connections = { line, separate, ...(shards && { shards }) } as unknown as Connections;
  const [counters, admission] = [new Counters(), new Admission()];
  const pipelines = linkLayers({
    settings: settingsOf(options),
    connections,
    hub,
    counters,
    admission,
    mode,
  });
  const send = (layer: Layer, call: Call) => {
    const settled: { value?: unknown; error?: { kind: string } } = {};
    call.promise!.then(
      (value) => (settled.value = value),
      (error: unknown) => (settled.error = error as { kind: string }),
    );
    layer.send(call);
    return settled;
  };
  return { ...pipelines, carrier, line, events, separate, send, admission };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('the layers of a client', () => {
  it('try again what can be, and count each attempt for the circuit', async () => {
    const { enforce, carrier, send, circuits, budget } = linked();
    const before = budget.left;
    carrier.script(loading(), 'v');
    const settled = send(enforce, callOf('GET k'));
    await pass(2_000);
    expect(settled.value).toBe('v');
    expect(carrier.dispatched).toEqual(['GET', 'GET']);
    expect(budget.left).toBe(before - 1);
    expect(circuits.stats).toMatchObject([{ name: 'redis', successes: 1, failures: 1 }]);
    enforce.close();
  });

  it('answer with the fallback once the time is up', async () => {
    const { enforce, send } = linked();
    const policy = { totalMs: 300, fallback: () => 'from elsewhere' };
    const settled = send(enforce, callOf('GET k', { policy }));
    await pass(310);
    expect(settled.value).toBe('from elsewhere');
    enforce.close();
  });

  it('bound every attempt, and free its place with the answer only', async () => {
    const { enforce, carrier, send } = linked();
    const settled = send(enforce, callOf('INCR k', { policy: { attemptMs: 100 } }));
    await pass(110);
    expect(settled.error?.kind).toBe('timeout');
    expect(carrier.inFlight).toBe(1);
    enforce.close();
  });

  it('hold calls while there is no connection, and let them go with the next', async () => {
    const { enforce, carrier, line, send, bulkheads } = linked();
    line.down(lost());
    carrier.script('v');
    const settled = send(enforce, callOf('GET k'));
    await pass(10);
    expect([...bulkheads].map(({ waiting }) => waiting)).toEqual([1, 0]);
    line.up();
    await pass(10);
    expect(settled.value).toBe('v');
    enforce.close();
  });

  it('open the circuit while there is none for long, and then refuse', async () => {
    const { enforce, line, send, circuits, events } = linked();
    line.down(lost());
    await pass(1_001);
    expect(circuits.state).toBe('open');
    const settled = send(enforce, callOf('GET k'));
    await pass(10);
    expect(settled.error?.kind).toBe('circuit-open');
    expect(events.map(({ type }) => type)).toContain('circuit.opened');
    enforce.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('may be without a circuit', async () => {
    const { enforce, line, send, circuits } = linked({ breaker: false });
    line.down(lost());
    await pass(2_000);
    expect([circuits.state, circuits.stats]).toEqual(['closed', []]);
    const settled = send(enforce, callOf('GET k'));
    await pass(10);
    expect(settled).toEqual({});
    enforce.close();
  });

  it('pass a call straight through where they are off', async () => {
    const { off, carrier, send, line } = linked({}, undefined, 'off');
    carrier.script(loading());
    const settled = send(off, callOf('GET k'));
    await pass(10);
    expect([settled.error?.kind, carrier.dispatched]).toEqual(['unavailable', ['GET']]);
    line.down(lost());
    const waiting = send(off, callOf('GET k'));
    await pass(60_000);
    expect(waiting).toEqual({});
    carrier.script('v');
    line.up();
    await pass(10);
    expect(waiting.value).toBe('v');
  });

  it.each([
    { bulkhead: { maxInFlight: 7 }, left: 7 },
    { bulkhead: false as const, left: 5_000 },
  ])('have as many retries to give as calls can be in flight: $left', ({ bulkhead, left }) => {
    expect(linked({ bulkhead }).budget.left).toBe(left);
  });

  it('give a blocking call a connection of its own, with or without guards', () => {
    const { enforce, off, carrier, separate, send, blocking } = linked();
    const call = () => callOf('BLPOP k 0', { policy: { blocking: true } });
    send(enforce, call());
    send(off, call());
    expect([carrier.dispatched, separate.mock.calls.length]).toEqual([[], 2]);
    expect(blocking.map(({ waiting }) => waiting)).toEqual([1, 1]);
    enforce.close();
  });
});

describe('the layers of a cluster', () => {
  const clustered = (options: ResilienceOptions = {}) => {
    const carrier = new CarrierStandIn();
    const shard = new ShardStandIn(carrier);
    shard.open();
    shard.up();
    const shardOf = (call: Call) => (call.operation.name === 'PING' ? undefined : shard);
    return { ...linked(options, { shardOf }), shard, ofShard: carrier };
  };

  it('are one lane per shard, each with a circuit that says where it leads', async () => {
    const { enforce, send, ofShard, carrier, circuits, bulkheads, events, shard } = clustered();
    ofShard.script('v');
    send(enforce, callOf('GET k'));
    send(enforce, callOf('PING'));
    await pass(1);
    expect([ofShard.dispatched, carrier.dispatched]).toEqual([['GET'], ['PING']]);
    expect(circuits.stats.map(({ address }) => address)).toEqual([undefined, '127.0.0.1:7001']);
    expect(bulkheads.size).toBe(3);
    shard.down(lost());
    await pass(1_001);
    expect(circuits.stats.map(({ state }) => state)).toEqual(['closed', 'open']);
    expect(events.find(({ type }) => type === 'circuit.opened')?.address).toBe('127.0.0.1:7001');
    enforce.close();
  });

  it('lose a lane with its shard, and everything that observed it', async () => {
    const { enforce, send, circuits, bulkheads, shard } = clustered();
    const listen = vi.spyOn(shard, 'listen');
    send(enforce, callOf('GET k'));
    for (const [listener] of listen.mock.calls) listener.onDissolved?.();
    expect([circuits.stats.length, bulkheads.size]).toEqual([1, 2]);
    shard.down(lost());
    await pass(5_000);
    expect(circuits.state).toBe('closed');
    enforce.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('may be without circuits, and lose their lanes all the same', () => {
    const { enforce, send, circuits, bulkheads, shard } = clustered({ breaker: false });
    const listen = vi.spyOn(shard, 'listen');
    send(enforce, callOf('GET k'));
    for (const [listener] of listen.mock.calls) listener.onDissolved?.();
    expect([circuits.stats, bulkheads.size]).toEqual([[], 2]);
    enforce.close();
  });

  it('have blocking calls wait for the whole, not for a shard', async () => {
    const { enforce, send, shard, blocking, line } = clustered();
    send(enforce, callOf('GET k'));
    const settled = send(enforce, callOf('BLPOP k 0', { policy: { blocking: true } }));
    shard.abandonWaiting(lost());
    await pass(1);
    expect([blocking[0]?.waiting, settled]).toEqual([1, {}]);
    line.abandonWaiting(lost());
    await pass(1);
    expect([blocking[0]?.waiting, settled.error?.kind]).toEqual([0, 'transport']);
    enforce.close();
  });

  it('hold calls while a shard cannot be reached, and let them go when it can', async () => {
    const { enforce, send, shard, ofShard } = clustered();
    shard.down(lost());
    ofShard.script('v');
    const settled = send(enforce, callOf('GET k'));
    await pass(10);
    expect([ofShard.dispatched, settled]).toEqual([[], {}]);
    shard.up();
    await pass(10);
    expect(settled.value).toBe('v');
    enforce.close();
  });
});
