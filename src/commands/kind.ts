import { methodOf } from './client.ts';

/** What node-redis can make: one connection, a pool of them, or what finds servers by itself. */
export type ClientKind = 'client' | 'cluster' | 'pool' | 'sentinel';

/** What only one kind has, and what this library needs of it; plain clients have none of the first. */
const KINDS: readonly (readonly [ClientKind, own: string, needed: readonly string[]])[] = [
  ['cluster', 'nodeByAddress', ['duplicate', 'nodeClient']],
  ['sentinel', 'getSentinelNode', []],
  ['pool', 'totalClients', ['execute']],
  ['client', 'connect', ['duplicate']],
];

/** Needed of every kind. */
const COMMON = ['connect', 'sendCommand', 'multi', 'on'];

/** Tells the kinds apart by their members: classes cannot be, since redis is not imported. */
export function kindOf(client: object): ClientKind {
  return KINDS.find(([, own]) => own in client)?.[0] ?? 'client';
}

/** A method without which an object is no client of its kind; undefined where it has them all. */
export function missingMethod(client: object): string | undefined {
  const kind = kindOf(client);
  const needed = KINDS.find(([name]) => name === kind)?.[2] ?? [];
  return [...COMMON, ...needed].find((name) => !methodOf(client, name));
}
