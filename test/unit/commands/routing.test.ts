import { describe, expect, it } from 'vitest';
import type { AnyClient } from '../../../src/commands/client.ts';
import { mayGoToSeveral, routingKeys, wireKeys } from '../../../src/commands/routing.ts';
import { transcribe } from '../../../src/commands/transcribe.ts';
import { clusterMajors, type ClusterVersion } from '../../support/clusters.ts';
import { METADATA } from './known-commands.ts';

type Ask = (...args: unknown[]) => readonly unknown[];

/** How a method's keys are found, call after call, and how often the client was asked. */
function asking(cluster: AnyClient): { method: (name: string) => Ask; asked: () => number } {
  let asked = 0;
  const method = (name: string): Ask => {
    const keysOf = routingKeys(cluster, (args) => {
      asked++;
      return transcribe(cluster, (multi: any) => multi[name](...args));
    });
    return (...args) => keysOf(args);
  };
  return { method, asked: () => asked };
}

describe.each(clusterMajors)('the keys that lead a command in a cluster of $name', (version) => {
  const create = (options = {}) =>
    version.createCluster({ rootNodes: [{ url: 'redis://127.0.0.1:1' }], ...options }) as AnyClient;

  it('are the first argument, which is learned once', () => {
    const { method, asked } = asking(create());
    const get = method('get');
    expect(get('a')).toEqual(['a']);
    const afterFirst = asked();
    expect(get('b')).toEqual(['b']);
    expect(get(Buffer.from('c'))).toEqual([Buffer.from('c')]);
    expect(asked()).toBe(afterFirst);
  });

  it.each([
    { name: 'bitOp', first: ['AND', 'AND', 'k'], then: ['AND', 'dest', 'k'], key: 'dest' },
    {
      name: 'xReadGroup',
      first: ['orders', 'me', { key: 'orders', id: '>' }],
      then: ['orders', 'me', { key: 'payments', id: '>' }],
      key: 'payments',
    },
  ])('are not the first argument of $name, be they equal once', ({ name, first, then, key }) => {
    const ask = asking(create()).method(name);
    ask(...first);
    expect(ask(...then)).toEqual([key]);
  });

  it('are those of a script, which redis 4 sends to any node', () => {
    const evaluate = asking(create()).method('eval');
    const led = (key: string) => (version.major === 4 ? [] : [key]);
    expect(evaluate('k', { keys: ['k'], arguments: [] })).toEqual(led('k'));
    expect(evaluate('k', { keys: ['other'], arguments: [] })).toEqual(led('other'));
  });

  it('are none where a command has no key, or the client refuses the arguments', () => {
    const { method } = asking(create());
    expect(method('dbSize')()).toEqual([]);
    expect(method('eval')('return 1', { keys: [], arguments: [] })).toEqual([]);
    for (const name of ['get', 'del', 'mGet', 'mSet']) expect(method(name)(), name).toEqual([]);
  });

  const splits = version.major === 6;
  it(`are ${splits ? 'all that it splits by' : 'the first of several'}`, () => {
    const { method } = asking(create());
    const several = (...keys: string[]) => (splits ? keys : keys.slice(0, 1));
    expect(method('del')(['a', 'b'])).toEqual(several('a', 'b'));
    expect(method('mGet')(['a', 'b', 'c'])).toEqual(several('a', 'b', 'c'));
    expect(method('mSet')({ a: '1', b: '2' })).toEqual(several('a', 'b'));
    expect(method('sInter')(['a', 'b'])).toEqual(['a']);
    const exists = method('exists');
    expect(exists('a')).toEqual(['a']);
    expect(exists('b')).toEqual(['b']);
    expect(exists(['b', 'c'])).toEqual(several('b', 'c'));
  });

  it('are what the caller says where a command is given as it goes over the wire', () => {
    const cluster = create();
    expect(wireKeys(cluster, ['GET', 'k'], 'k')).toEqual(['k']);
    expect(wireKeys(cluster, ['PING'], undefined)).toEqual([]);
    // Whatever the caller says, redis 6 splits the one and sends the other to all.
    expect(wireKeys(cluster, ['DEL', 'a', 'b'], 'a')).toEqual(splits ? ['a', 'b'] : ['a']);
    expect(wireKeys(cluster, ['FLUSHALL'], 'a')).toEqual(splits ? [] : ['a']);
  });

  it('are those of a transaction where it was told to run', () => {
    const led = transcribe(create(), (multi: any) => multi.get('k'), ['routing']);
    expect(led).toEqual({ wires: [['GET', 'k']], firstKey: 'routing' });
  });

  if (version.major === 6) {
    it('have the prefix that the client puts before keys', () => {
      const cluster = create({ keyPrefix: 'app:' });
      const { method } = asking(cluster);
      const get = method('get');
      expect([get('a'), get('b')]).toEqual([['app:a'], ['app:b']]);
      expect(method('mGet')(['a', 'b'])).toEqual(['app:a', 'app:b']);
      expect(method('mSet')({ a: '1', b: '2' })).toEqual(['app:a', 'app:b']);
      const { firstKey } = transcribe(cluster, (multi: any) => multi.get('k'), ['routing']);
      expect(firstKey).toBe('app:routing');
    });
  }
});

describe('commands that go to several nodes', () => {
  const create = ({ createCluster }: ClusterVersion) =>
    createCluster({ rootNodes: [{ url: 'redis://127.0.0.1:1' }] }) as AnyClient;
  const [four, five, six] = clusterMajors.map(create);

  it('are those that the newest redis 6 says, and none on redis 4 and 5', () => {
    const several = ['all_nodes', 'all_shards', 'multi_shard'];
    const wrong = [...METADATA].filter(
      ([command, { request }]) => mayGoToSeveral(six!, command) !== several.includes(request),
    );
    expect(wrong).toEqual([]);
    for (const earlier of [four!, five!]) {
      expect([...METADATA.keys()].filter((one) => mayGoToSeveral(earlier, one))).toEqual([]);
    }
  });

  it('are split where the newest redis 6 finds their keys', () => {
    const split = [...METADATA].filter(([, { request }]) => request === 'multi_shard');
    expect(split.map(([command]) => command)).toContain('MSET');
    for (const [command, { keySpecs }] of split) {
      const step = keySpecs![0]!.findKeys.keyStep;
      const words = ['a', 'b', 'c', 'd'];
      const keys = words.filter((_word, index) => index % step === 0);
      expect(wireKeys(six!, [command, ...words], 'a'), command).toEqual(keys);
    }
  });
});
