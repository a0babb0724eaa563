import * as redis4 from 'redis-4';
import * as redis4Floor from 'redis-4-floor';
import * as redis5 from 'redis-5';
import * as redis5Floor from 'redis-5-floor';
import * as redis6 from 'redis-6';
import * as redis6Floor from 'redis-6-floor';
import { floors, majors, type ClientVersion } from './clients.ts';

/** What the tests use of a node-redis cluster of any major version. */
export interface AnyCluster {
  readonly isOpen: boolean;
  readonly masters: readonly { readonly address: string }[];
  connect(): Promise<unknown>;
  on(event: string, listener: (...args: any[]) => void): this;
  get(key: string): Promise<any>;
  set(key: string, value: string): Promise<any>;
  incr(key: string): Promise<any>;
  multi(routing?: string): any;
  sendCommand(key: string | undefined, isReadonly: boolean, args: string[]): Promise<any>;
  publish(channel: string, message: string): Promise<any>;
  subscribe(channel: string, listener: (message: string, channel: string) => void): Promise<any>;
  unsubscribe(channel?: string): Promise<any>;
  nodeClient(node: unknown): any;
  [member: string]: any;
}

/** A version of node-redis that can make clusters. */
export interface ClusterVersion extends Omit<ClientVersion, 'createClient'> {
  createCluster: (options: any) => any;
}

const clusterVersions = (
  versions: readonly ClientVersion[],
  packages: readonly { readonly createCluster: ClusterVersion['createCluster'] }[],
): ClusterVersion[] =>
  versions.map(({ name, major, defineScript }, index) => ({
    ...{ name, major, defineScript },
    createCluster: packages[index]!.createCluster,
  }));

/** The newest supported version of each major. */
export const clusterMajors: readonly ClusterVersion[] = clusterVersions(majors, [
  redis4,
  redis5,
  redis6,
]);

/** The oldest supported version of each major. */
export const clusterFloors: readonly ClusterVersion[] = clusterVersions(floors, [
  redis4Floor,
  redis5Floor,
  redis6Floor,
]);
