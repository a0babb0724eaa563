import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { LineListener, ShardLine } from '../../../src/connection/line.ts';
import { ShardsLayer, type Lane } from '../../../src/layers/shards.ts';
import type { Layer } from '../../../src/pipeline/layer.ts';
import { harness, timedOut, type Harness } from './harness.ts';
import { ScriptedLayer } from './scripted-layer.ts';

/** A way to one shard that records what takes it. */
class LaneStandIn implements Lane {
  readonly layer = new ScriptedLayer();
  readonly head: Layer = this.layer;
  isClosed = false;

  get commands(): string[] {
    return this.layer.received.map(({ operation }) => operation.name);
  }

  close(): void {
    this.isClosed = true;
  }
}

/** A shard as far as the fork looks at it. */
class ShardStandIn {
  readonly #listeners: LineListener[] = [];

  listen(listener: LineListener): () => void {
    this.#listeners.push(listener);
    return () => undefined;
  }

  dissolve(): void {
    for (const listener of this.#listeners) listener.onDissolved?.();
  }

  get asLine(): ShardLine {
    return this as unknown as ShardLine;
  }
}

let [north, south] = [new ShardStandIn().asLine, new ShardStandIn().asLine];

let common: LaneStandIn;
let lanes: Map<ShardLine, LaneStandIn>;
/** Where calls go, by command. */
let routes: Record<string, ShardLine>;
let layers: Harness;

beforeEach(() => {
  common = new LaneStandIn();
  lanes = new Map();
  [north, south] = [new ShardStandIn().asLine, new ShardStandIn().asLine];
  routes = { GET: north, SET: south };
  const makeLane = (to: ShardLine) => {
    const lane = new LaneStandIn();
    lanes.set(to, lane);
    return lane;
  };
  layers = harness(() => [
    new ShardsLayer({ shardOf: ({ operation }) => routes[operation.name] }, common, makeLane),
  ]);
});

describe('ShardsLayer', () => {
  it('sends each call to its shard, and what no shard answers alone the common way', () => {
    for (const command of ['GET a', 'SET b v', 'GET c', 'DBSIZE']) layers.run(command);
    expect(lanes.get(north)?.commands).toEqual(['GET', 'GET']);
    expect(lanes.get(south)?.commands).toEqual(['SET']);
    expect(common.commands).toEqual(['DBSIZE']);
  });

  it('sends blocking commands the common way, whatever shard they ask', () => {
    layers.run('GET k', { policy: { blocking: true } });
    expect(common.commands).toEqual(['GET']);
    expect(lanes.size).toBe(0);
  });

  it('takes outcomes from every lane, not only from the one that came last', async () => {
    routes = { GET: north, SET: south };
    const [get, set] = [layers.run('GET a'), layers.run('SET b v')];
    const other = layers.run('DBSIZE');
    for (const [lane, run] of [
      [lanes.get(north)!, get],
      [lanes.get(south)!, set],
    ] as const) {
      lane.layer.loseAll(timedOut());
      await expect(run.call.promise).rejects.toMatchObject({ kind: 'timeout' });
    }
    common.layer.loseAll(timedOut());
    await expect(other.call.promise).rejects.toMatchObject({ kind: 'timeout' });
  });

  it('cancels a call in the lane that it took, wherever it would go now', () => {
    const { call } = layers.run('GET a');
    routes = { GET: south };
    layers.run('GET b');
    layers.outermost.cancel(call, timedOut());
    expect(lanes.get(north)?.layer.inFlight.size).toBe(0);
    expect(lanes.get(south)?.layer.inFlight.size).toBe(1);
  });

  it('closes the layers of every lane with the client', () => {
    layers.run('GET a');
    layers.run('SET b v');
    const heads = [common, ...lanes.values()].map(({ head }) => vi.spyOn(head, 'close'));
    layers.outermost.close();
    expect(heads.map((close) => close.mock.calls.length)).toEqual([1, 1, 1]);
  });

  it('closes the lane of a shard that is gone, and opens another where it comes again', () => {
    layers.run('GET a');
    layers.run('SET b v');
    const lane = lanes.get(south)!;
    (south as unknown as ShardStandIn).dissolve();
    expect([lane.isClosed, lanes.get(north)?.isClosed]).toEqual([true, false]);
    layers.run('SET b v');
    expect(lanes.get(south)).not.toBe(lane);
    expect(lanes.get(south)?.commands).toEqual(['SET']);
  });
});
