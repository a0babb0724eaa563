import type { AnyClient } from '../../commands/client.ts';
import { optionsOf } from '../options.ts';
import type { Address } from '../template.ts';
import type { CreateClient } from './client-class.ts';

/** What a sentinel of redis 6 was made with, as far as we follow it. */
export interface SentinelOptions {
  readonly name: string;
  readonly sentinelRootNodes: readonly Address[];
  readonly nodeAddressMap?:
    Readonly<Record<string, Address>> | ((address: string) => Address | undefined);
  readonly nodeClientOptions?: object;
  readonly sentinelClientOptions?: { readonly socket?: object };
}

/** Options of the sentinel that are about the commands sent to its master. */
const ABOUT_COMMANDS = ['RESP', 'modules', 'functions', 'scripts', 'keyPrefix'];

/** Learns what a sentinel was made with. */
export function sentinelOptionsOf(sentinel: AnyClient): SentinelOptions {
  return optionsOf(sentinel) as unknown as SentinelOptions;
}

/** Makes the template of connections to the master: a client that is made as the sentinel makes its own. */
export function nodeTemplate(sentinel: AnyClient, create: CreateClient): AnyClient {
  const all = optionsOf(sentinel);
  const about = ABOUT_COMMANDS.filter((name) => all[name] !== undefined);
  const { commandOptions, clientSideCache } = sentinel as unknown as Record<string, unknown>;
  return create({
    ...Object.fromEntries(about.map((name) => [name, all[name]])),
    ...(commandOptions !== undefined && { commandOptions }),
    // One cache for all connections, as the sentinel has it; it is emptied when one is lost.
    ...(clientSideCache !== undefined && { clientSideCache }),
    ...(all['nodeClientOptions'] as object | undefined),
  });
}

/** Where a server is to be reached from here, that calls itself so. */
export function mapped({ nodeAddressMap: map }: SentinelOptions, address: Address): Address {
  const name = nameOf(address);
  return (typeof map === 'function' ? map(name) : map?.[name]) ?? address;
}

/** An address as it is written. */
export const nameOf = ({ host, port }: Address): string => `${host}:${port}`;
