import { describe, expect, it } from 'vitest';
import type { AnyClient } from '../../../src/commands/client.ts';
import { optionsOf } from '../../../src/connection/options.ts';
import { clusterFloors, clusterMajors } from '../../support/clusters.ts';

describe.each([...clusterMajors, ...clusterFloors])(
  'the options of a cluster of $name',
  (version) => {
    const options = {
      rootNodes: [{ url: 'redis://127.0.0.1:1' }],
      defaults: { username: 'app', password: 'secret' },
      useReplicas: true,
      nodeAddressMap: () => undefined,
    };
    const create = () => version.createCluster(options) as AnyClient;

    it('are those that it was made with, each the very same', () => {
      const found = optionsOf(create());
      for (const [name, value] of Object.entries(options)) expect(found[name]).toBe(value);
    });

    it('are read without changing the cluster', () => {
      const cluster = create();
      const before = [
        Object.getPrototypeOf(cluster),
        Reflect.ownKeys(cluster),
        cluster.constructor,
      ];
      optionsOf(cluster);
      expect([
        Object.getPrototypeOf(cluster) as unknown,
        Reflect.ownKeys(cluster),
        cluster.constructor,
      ]).toEqual(before);
      expect(cluster.duplicate()).toBeInstanceOf(cluster.constructor);
      expect(optionsOf(cluster)).toEqual(optionsOf(cluster));
    });
  },
);
