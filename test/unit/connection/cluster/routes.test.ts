import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CLOSED } from '../../../../src/failures/failure.ts';
import { ErrorReply, nothing } from '../client-stand-in.ts';
import { pass } from '../supervised.ts';
import { ClusterSite, HALVES, type MasterStandIn } from './cluster-stand-in.ts';
import { connectedCluster, listening, type Clustered } from './clustered.ts';

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const refused = () => Object.assign(new Error('ECONNREFUSED'), { code: 'ECONNREFUSED' });
const [FIRST, SECOND] = HALVES;

/** From now on nobody is let in at these ports, and who was there is thrown out. */
function lose({ site }: Clustered, ...ports: number[]): void {
  site.nodes.connecting = ({ options }) =>
    ports.includes(options.socket.port) ? Promise.reject(refused()) : Promise.resolve();
  for (const client of ports.flatMap((port) => site.at(port))) client.lose();
}

/** How often nodes were asked for the slots. */
const looks = ({ site }: Clustered) =>
  site.nodes.clients.flatMap(({ asked }) => asked.filter((one) => one === 'CLUSTER SLOTS')).length;

/** The cluster serves the slots like this now, and its client has heard of it. */
function reshard({ site, shardOf }: Clustered, ...masters: MasterStandIn[]): void {
  site.masters = masters;
  site.lastRouter.learn();
  shardOf('a');
}

describe('a cluster whose master is away', () => {
  it('is asked for the new one ten times a second, however many nodes fail meanwhile', async () => {
    const all = await connectedCluster();
    await pass(500);
    const before = looks(all);
    await pass(1_000);
    expect(looks(all)).toBe(before);
    lose(all, 7002);
    await pass(1_000);
    expect(looks(all) - before).toBeGreaterThan(7);
    expect(looks(all) - before).toBeLessThan(11);
    all.connections.close(CLOSED);
  });

  it('is asked no more once every shard can be reached, and again in the next outage', async () => {
    const all = await connectedCluster();
    for (const round of [1, 2]) {
      lose(all, 7002);
      await pass(300);
      expect(looks(all)).toBeGreaterThan(0);
      lose(all);
      await pass(300);
      const asked = looks(all);
      await pass(1_000);
      expect([round, looks(all)]).toEqual([round, asked]);
      for (const { asked: words } of all.site.nodes.clients) words.length = 0;
    }
    all.connections.close(CLOSED);
  });

  it.each([
    { title: 'no list of slots', answer: () => Promise.resolve('OK') },
    { title: 'an error', answer: () => Promise.reject(new ErrorReply('NOPERM no')) },
  ])('keeps its router where it is answered $title', async ({ answer }) => {
    const all = await connectedCluster();
    const { answering } = all.site.nodes;
    all.site.nodes.answering = (command, client) =>
      command[0] === 'CLUSTER' ? answer() : answering(command, client);
    lose(all, 7002);
    await pass(1_000);
    expect(looks(all)).toBeGreaterThan(0);
    expect(all.site.routers).toHaveLength(1);
    all.connections.close(CLOSED);
  });

  it('asks the roots where none of its nodes answers', async () => {
    const site = new ClusterSite();
    const all = await connectedCluster(site, {
      rootNodes: [{ socket: { host: 'root', port: 1 } }],
    });
    site.masters = [
      { ...FIRST, port: 7003 },
      { ...SECOND, port: 7004 },
    ];
    lose(all, 7001, 7002);
    await pass(1_000);
    expect(site.lastRouter._options.rootNodes[0].socket.host).toBe('root');
    expect([all.shardOf('b')?.address, all.connections.line.available !== undefined]).toEqual([
      '127.0.0.1:7003',
      true,
    ]);
    all.connections.close(CLOSED);
  });

  it('is unavailable where the last of its nodes goes before all were tried', async () => {
    const site = new ClusterSite();
    site.nodes.connecting = ({ options }) =>
      options.socket.port === 7002 ? nothing() : Promise.resolve();
    const all = await connectedCluster(site);
    await pass(100);
    lose(all, 7001, 7002);
    await pass(300);
    expect(all.connections.line.available).toBeUndefined();
    expect(all.heard).not.toContain('available');
    all.connections.close(CLOSED);
  });
});

describe('a cluster that is resharded', () => {
  it('has another shard for slots that go to a node which is new, and keeps the old one', async () => {
    const all = await connectedCluster();
    const [first, second] = [all.shardOf('b')!, all.shardOf('a')!];
    reshard(all, FIRST, { port: 7003, from: 8_192, to: 12_000 }, { ...SECOND, from: 12_001 });
    expect([all.shardOf('b'), all.shardOf('a')]).toEqual([first, second]);
    expect([first.address, second.address]).toEqual(['127.0.0.1:7001', '127.0.0.1:7002']);
    // Slot 11298.
    expect(all.shardOf('d')?.address).toBe('127.0.0.1:7003');
    all.connections.close(CLOSED);
  });

  it('has one shard for each of two nodes that share what a lost one had', async () => {
    const all = await connectedCluster();
    const second = all.shardOf('a')!;
    const heard: string[] = [];
    second.listen(listening(heard));
    reshard(
      all,
      FIRST,
      { port: 7003, from: 8_192, to: 12_000 },
      { port: 7004, from: 12_001, to: 16_383 },
    );
    expect([all.shardOf('d'), second.address]).toEqual([second, '127.0.0.1:7003']);
    expect(all.shardOf('a')?.address).toBe('127.0.0.1:7004');
    expect(heard).not.toContain('dissolved');
    all.connections.close(CLOSED);
  });
});
