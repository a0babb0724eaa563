import { expect, it } from 'vitest';
import { addressOf, serverOf } from '../../../src/connection/address.ts';
import { majors } from '../../support/clients.ts';
import { clusterMajors } from '../../support/clusters.ts';

it.each(
  [
    { options: undefined, address: 'redis://localhost:6379' },
    { options: { url: 'redis://user:hunter2@host:1/3' }, address: 'redis://host:1/3' },
    { options: { url: 'rediss://:hunter2@host' }, address: 'rediss://host:6379' },
    { options: { url: 'redis://[::1]:1' }, address: 'redis://[::1]:1' },
    { options: { socket: { host: '::1', tls: true } }, address: 'rediss://[::1]:6379' },
    { options: { socket: { host: 'host' }, password: 'hunter2' }, address: 'redis://host:6379' },
    { options: { socket: { path: '/run/redis.sock' } }, address: '/run/redis.sock' },
  ].flatMap((row) => majors.map((version) => ({ ...row, version, name: version.name }))),
)('says of $options that $name connects to $address', ({ options, address, version }) => {
  expect(addressOf(version.createClient(options)['options'])).toBe(address);
});

it.each([
  { options: undefined, address: 'redis://localhost:6379' },
  { options: { url: 'redis://user:hunter2@host:1/3' }, address: 'redis://host:1/3' },
  { options: { url: 'redis://old', socket: { host: 'host', port: 2 } }, address: 'redis://host:2' },
  { options: { socket: { host: '' }, database: 3 }, address: 'redis://localhost:6379/3' },
])('says of $options, as its user wrote it, that it leads to $address', ({ options, address }) => {
  expect(addressOf(options)).toBe(address);
});

it.each(
  [
    { options: undefined, server: 'localhost:6379' },
    { options: { url: 'rediss://user:hunter2@host:1/3' }, server: 'host:1' },
    { options: { url: 'redis://[::1]:1' }, server: '::1:1' },
    { options: { socket: { path: '/run/redis.sock' } }, server: undefined },
  ].flatMap((row) => majors.map((version) => ({ ...row, version, name: version.name }))),
)('says of $options that the server of $name is $server', ({ options, server, version }) => {
  expect(serverOf(version.createClient(options) as never)).toBe(server);
});

it.each(clusterMajors)('says of a cluster of $name that it has no single server', (version) => {
  expect(serverOf(version.createCluster({ rootNodes: [] }) as never)).toBeUndefined();
});
