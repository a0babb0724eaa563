import * as redis4 from 'redis-4';
import * as redis5 from 'redis-5';
import * as redis6 from 'redis-6';

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

/** A major version of node-redis that can make clusters. */
export interface ClusterVersion {
  readonly name: string;
  readonly major: number;
  createCluster: (options: any) => any;
}

/** The newest of each major. */
export const clusterMajors: readonly ClusterVersion[] = [
  { name: 'redis 4.7.1', major: 4, createCluster: redis4.createCluster },
  { name: 'redis 5.12.1', major: 5, createCluster: redis5.createCluster },
  { name: 'redis 6.3.1', major: 6, createCluster: redis6.createCluster },
];
