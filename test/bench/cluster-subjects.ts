import { resilient } from 'redis-resilience';
import { clusterMajors } from '../support/clusters.ts';
import { loggerOf, type Subject, type Variant } from './subjects.ts';

/** Clusters of every major, bare and wrapped. */
export const CLUSTER_VARIANTS: readonly Variant[] = [
  ...clusterMajors.map(({ name, major, createCluster }) => ({
    name: `bare ${name}`,
    open: async (port: number): Promise<Subject> => {
      const cluster = createCluster(optionsOf(port));
      cluster.on('error', () => undefined);
      await cluster.connect();
      return subjectOf(cluster, () => cluster[major === 4 ? 'disconnect' : 'destroy']());
    },
  })),
  ...clusterMajors.map(({ name, createCluster }) => ({
    name: `wrapped ${name}`,
    base: `bare ${name}`,
    open: async (port: number): Promise<Subject> => {
      const cluster = resilient(createCluster(optionsOf(port)), { logger: loggerOf('info') });
      await cluster.connect();
      return subjectOf(cluster, () => cluster.resilience.shutdown({ drainMs: 0 }));
    },
  })),
];

const optionsOf = (port: number) => ({ rootNodes: [{ url: `redis://127.0.0.1:${port}` }] });

function subjectOf(cluster: Pick<Subject, 'get' | 'set' | 'incr'>, close: () => unknown): Subject {
  return {
    get: (key) => cluster.get(key),
    set: (key, value) => cluster.set(key, value),
    incr: (key) => cluster.incr(key),
    close,
  };
}
