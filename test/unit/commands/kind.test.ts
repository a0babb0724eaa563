import * as redis4 from 'redis-4';
import * as redis5 from 'redis-5';
import * as redis6 from 'redis-6';
import { describe, expect, it } from 'vitest';
import { kindOf, missingMethod } from '../../../src/commands/kind.ts';

const rootNodes = [{ url: 'redis://127.0.0.1:1' }];
const sentinel = { name: 'mymaster', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] };

const made: [kind: string, major: number, object][] = [
  ['client', 4, redis4.createClient()],
  ['client', 5, redis5.createClient()],
  ['client', 6, redis6.createClient()],
  ['cluster', 4, redis4.createCluster({ rootNodes })],
  ['cluster', 5, redis5.createCluster({ rootNodes })],
  ['cluster', 6, redis6.createCluster({ rootNodes })],
  ['sentinel', 5, redis5.createSentinel(sentinel)],
  ['sentinel', 6, redis6.createSentinel(sentinel)],
  ['pool', 5, redis5.createClientPool()],
  ['pool', 6, redis6.createClientPool()],
];

describe('kinds of clients', () => {
  it.each(made)('know a %s of redis %i, which lacks nothing', (kind, _major, client) => {
    expect(kindOf(client)).toBe(kind);
    expect(missingMethod(client)).toBeUndefined();
  });

  it.each(made)('know a view of a %s of redis %i', (kind, _major, client) => {
    expect(kindOf(Object.create(client) as object)).toBe(kind);
  });

  it('name the first method that something lacks to be of its kind', () => {
    const methods = (...names: string[]) =>
      Object.fromEntries(names.map((name) => [name, () => undefined]));
    const common = methods('connect', 'sendCommand', 'multi', 'on');
    expect(missingMethod({})).toBe('connect');
    expect(missingMethod({ ...common, on: 'no method' })).toBe('on');
    expect(missingMethod(common)).toBe('duplicate');
    expect(missingMethod({ ...common, nodeByAddress: new Map() })).toBe('duplicate');
    expect(missingMethod({ ...common, ...methods('duplicate'), nodeByAddress: 1 })).toBe(
      'nodeClient',
    );
    expect(missingMethod({ ...common, totalClients: 0 })).toBe('execute');
  });
});
