import * as redis6 from 'redis-6';
import * as redis6Floor from 'redis-6-floor';
import { describe, expect, it } from 'vitest';
import { rootOf, type AnyClient } from '../../../src/commands/client.ts';
import { optionsOf } from '../../../src/connection/options.ts';
import { floors, majors } from '../../support/clients.ts';
import { clusterFloors, clusterMajors } from '../../support/clusters.ts';

/** What is made with options that it does not show. */
interface Made {
  readonly name: string;
  readonly options: object;
  readonly create: () => unknown;
}

const clusters = [...clusterMajors, ...clusterFloors].map(({ name, createCluster }): Made => {
  const options = {
    rootNodes: [{ url: 'redis://127.0.0.1:1' }],
    defaults: { username: 'app', password: 'secret' },
    useReplicas: true,
    nodeAddressMap: () => undefined,
  };
  return { name: `a cluster of ${name}`, options, create: () => createCluster(options) as unknown };
});

const sentinels = [redis6, redis6Floor].map(({ createSentinel }, index): Made => {
  const options = {
    name: 'mymaster',
    sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }],
    nodeClientOptions: { username: 'app', password: 'secret' },
    sentinelClientOptions: { password: 'another secret' },
    nodeAddressMap: () => undefined,
  };
  const version = [majors, floors][index]?.[2]?.name ?? '';
  return { name: `a sentinel of ${version}`, options, create: () => createSentinel(options) };
});

describe.each([...clusters, ...sentinels])('the options of $name', ({ options, create }) => {
  const made = () => create() as AnyClient;

  it('are those that it was made with, each the very same', () => {
    const found = optionsOf(made());
    for (const [name, value] of Object.entries(options)) expect(found[name]).toBe(value);
  });

  it('are read without changing the object', () => {
    const client = made();
    const shape = () =>
      [client, rootOf(client)].map((one) => [
        Object.getPrototypeOf(one) as unknown,
        Reflect.ownKeys(one),
        one.constructor,
      ]);
    const before = shape();
    optionsOf(client);
    expect(shape()).toEqual(before);
    expect(client.duplicate()).toBeInstanceOf(client.constructor);
    expect(optionsOf(client)).toEqual(optionsOf(client));
  });
});
