import { EventEmitter } from 'node:events';
import * as redis5 from 'redis-5';
import * as redis6 from 'redis-6';
import * as redis6Floor from 'redis-6-floor';
import { describe, expect, it } from 'vitest';
import { methodOf, type AnyClient } from '../../../../src/commands/client.ts';
import { clientClassOf } from '../../../../src/connection/sentinel/client-class.ts';
import { mapped, nameOf, nodeTemplate } from '../../../../src/connection/sentinel/options.ts';

const OPTIONS = {
  name: 'mymaster',
  sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }],
  RESP: 3 as const,
  nodeClientOptions: { password: 'secret', database: 3 },
};

const sentinelOf = ({ createSentinel }: { createSentinel: unknown }) =>
  (createSentinel as (options: object) => AnyClient)(OPTIONS);

describe('the class of the clients of a sentinel', () => {
  it.each([redis6, redis6Floor])('is found without a connection, and leaves no trace', (redis) => {
    const before = Reflect.ownKeys(EventEmitter.prototype);
    const create = clientClassOf(sentinelOf(redis))!;
    expect(Reflect.ownKeys(EventEmitter.prototype)).toEqual(before);
    const client = create({ socket: { host: 'host', port: 7 } });
    expect(client.isOpen).toBe(false);
    expect(client.options?.socket).toMatchObject({ host: 'host', port: 7 });
    expect(methodOf(client, 'sendCommand')).toBeDefined();
  });

  it('is not to be had of redis 5', () => {
    expect(clientClassOf(sentinelOf(redis5))).toBeUndefined();
  });

  it('is none where a duplicate makes no client', () => {
    const shy = { duplicate: () => ({ on: () => undefined, connect: () => Promise.resolve() }) };
    expect(clientClassOf(shy as never)).toBeUndefined();
  });

  it('makes clients as the sentinel makes those of its master', () => {
    const sentinel = sentinelOf(redis6);
    const { options } = nodeTemplate(sentinel, clientClassOf(sentinel)!);
    expect(options).toMatchObject({ RESP: 3, password: 'secret', database: 3 });
    expect(options).not.toHaveProperty('sentinelRootNodes');
  });
});

it('reaches a server where its address is mapped to, and else where it says', () => {
  const [address, other] = [
    { host: 'a', port: 1 },
    { host: 'b', port: 2 },
  ];
  expect(nameOf(address)).toBe('a:1');
  expect(mapped(OPTIONS, address)).toBe(address);
  expect(mapped({ ...OPTIONS, nodeAddressMap: { 'a:1': other } }, address)).toBe(other);
  expect(mapped({ ...OPTIONS, nodeAddressMap: { 'b:2': address } }, address)).toBe(address);
  expect(mapped({ ...OPTIONS, nodeAddressMap: () => undefined }, address)).toBe(address);
});
