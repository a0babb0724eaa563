import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Shard } from '../../../../src/connection/cluster/shard.ts';
import { KeptLine } from '../../../../src/connection/kept-line.ts';
import type { Carrier } from '../../../../src/connection/line.ts';
import type { Supervisor } from '../../../../src/connection/supervisor.ts';
import { CLOSED, failure } from '../../../../src/failures/failure.ts';
import { listening } from './clustered.ts';

const LOST = failure({ kind: 'transport', execution: 'unknown', message: 'reset' });

/** A node as far as a shard looks at it. */
class NodeStandIn extends KeptLine {
  override canRenewCredentials = true as never;
  readonly renewed = vi.fn(() => true);

  constructor(id: number) {
    super({ id } as Carrier, () => this.renewed());
    this.open();
  }

  get asSupervisor(): Supervisor {
    return this as unknown as Supervisor;
  }
}

let [node, other] = [new NodeStandIn(1), new NodeStandIn(2)];
let shard: Shard;
let heard: string[];

beforeEach(() => {
  [node, other] = [new NodeStandIn(1), new NodeStandIn(2)];
  shard = new Shard('host:1', node.asSupervisor);
  heard = [];
  // Whoever listens need not want to hear everything.
  shard.listen({});
  shard.listen(listening(heard));
});

describe('a shard', () => {
  it('is as its master is', async () => {
    node.down(LOST);
    expect([shard.isOpen, shard.available, shard.lastFailure]).toEqual([
      true,
      undefined,
      undefined,
    ]);
    node.failed(LOST, false);
    expect(shard.lastFailure).toBe(LOST);
    node.up();
    expect([shard.available?.id, shard.closedFailure]).toEqual([1, undefined]);
    expect(shard.canRenewCredentials).toBe(true);
    await expect(shard.renew(LOST)).resolves.toBe(true);
    expect(node.renewed).toHaveBeenCalledOnce();
    node.close(CLOSED);
    expect([shard.isOpen, shard.closedFailure]).toEqual([false, CLOSED]);
  });

  it('tells whoever comes how it is, and passes on all that its master tells', () => {
    expect(heard).toEqual(['unavailable: There is no connection yet']);
    node.failed(LOST, true);
    node.up();
    node.freed();
    node.down(LOST);
    expect(heard.slice(1)).toEqual([
      'failed: reset true',
      'abandoned: reset',
      'available',
      'free',
      'unavailable: reset',
    ]);
    const [late, later]: [string[], string[]] = [[], []];
    const forget = shard.listen(listening(late));
    forget();
    node.up();
    shard.listen({});
    shard.listen(listening(later));
    expect([late, later]).toEqual([['unavailable: reset'], ['available']]);
  });

  it('fails what waits for it, and nothing that waits for another', () => {
    const elsewhere: string[] = [];
    node.listen(listening(elsewhere));
    shard.abandonWaiting(LOST);
    expect([heard.at(-1), elsewhere]).toEqual(['abandoned: reset', []]);
  });

  it.each([
    { title: 'there', isUp: true, told: 'available' },
    { title: 'not there yet', isUp: false, told: 'unavailable: There is no connection yet' },
  ])('goes on under a master that is $title, and hears of no other', ({ isUp, told }) => {
    node.up();
    if (isUp) other.up();
    heard.length = 0;
    shard.moveTo('host:2', other.asSupervisor);
    expect([shard.address, shard.available?.id, heard]).toEqual([
      'host:2',
      isUp ? 2 : undefined,
      [told],
    ]);
    node.down(LOST);
    node.freed();
    expect(heard).toHaveLength(1);
    other.failed(LOST, false);
    expect(heard.at(-1)).toBe('failed: reset false');
  });

  it('goes on under a master that is away for the reason of that', () => {
    other.failed(LOST, false);
    shard.moveTo('host:2', other.asSupervisor);
    expect(heard.at(-1)).toBe('unavailable: reset');
  });

  it('has nothing to tell where its master has another address only', () => {
    shard.moveTo('host:3', node.asSupervisor);
    expect([shard.address, heard]).toEqual(['host:3', ['unavailable: There is no connection yet']]);
  });

  it('is over once it is dissolved, whatever becomes of the node', () => {
    node.up();
    shard.dissolve(LOST);
    expect([shard.available, shard.closedFailure]).toEqual([undefined, LOST]);
    node.down(CLOSED);
    expect(heard.slice(1)).toEqual(['available', 'abandoned: reset', 'dissolved']);
  });
});
