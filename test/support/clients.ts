import { createRequire } from 'node:module';
import * as redis4 from 'redis-4';
import * as redis4Floor from 'redis-4-floor';
import * as redis5 from 'redis-5';
import * as redis5Floor from 'redis-5-floor';
import * as redis6 from 'redis-6';
import * as redis6Floor from 'redis-6-floor';

/** What the tests use of a node-redis client of any major version. */
export interface AnyClient {
  readonly isOpen: boolean;
  readonly isReady: boolean;
  connect(): Promise<unknown>;
  duplicate(overrides?: object): AnyClient;
  on(event: string, listener: (...args: any[]) => void): this;
  once(event: string, listener: (...args: any[]) => void): this;
  off(event: string, listener: (...args: any[]) => void): this;
  ping(): Promise<any>;
  get(key: string): Promise<any>;
  set(key: string, value: string | number, options?: object): Promise<any>;
  del(keys: string | string[]): Promise<any>;
  incr(key: string): Promise<any>;
  mGet(keys: string[]): Promise<any>;
  multi(): any;
  sendCommand(args: string[], options?: object): Promise<any>;
  publish(channel: string, message: string): Promise<any>;
  subscribe(channel: string, listener: (message: string, channel: string) => void): Promise<any>;
  unsubscribe(channel?: string): Promise<any>;
  [member: string]: any;
}

/** A version of node-redis under test. */
export interface ClientVersion {
  name: string;
  major: number;
  createClient: (options?: object) => AnyClient;
  defineScript: (script: object) => object;
}

const require = createRequire(import.meta.url);

function clientVersion(
  alias: string,
  { createClient, defineScript }: { createClient: unknown; defineScript: unknown },
): ClientVersion {
  const { version } = require(`${alias}/package.json`) as { version: string };
  return {
    name: `redis ${version}`,
    major: Number.parseInt(version, 10),
    createClient: createClient as ClientVersion['createClient'],
    defineScript: defineScript as ClientVersion['defineScript'],
  };
}

/** The newest supported version of each major. */
export const majors: readonly ClientVersion[] = [
  clientVersion('redis-4', redis4),
  clientVersion('redis-5', redis5),
  clientVersion('redis-6', redis6),
];

/** The oldest supported version of each major. */
export const floors: readonly ClientVersion[] = [
  clientVersion('redis-4-floor', redis4Floor),
  clientVersion('redis-5-floor', redis5Floor),
  clientVersion('redis-6-floor', redis6Floor),
];
