import type { AnyClient } from './client.ts';
import { isKey, type Key, type Transcript } from './transcribe.ts';
import { commandName, type Wire } from './wire.ts';

/** Commands that redis 6 splits by slot, with the distance from one key to the next (its `multi_shard`). */
const SPLIT: ReadonlyMap<string, number> = new Map([
  ['DEL', 1],
  ['EXISTS', 1],
  ['MGET', 1],
  ['MSET', 2],
  ['TOUCH', 1],
  ['UNLINK', 1],
]);

/** Commands that redis 6 sends to every shard or node and answers with all replies together. */
const FANNED_OUT: ReadonlySet<string> = new Set([
  ...['ACL DELUSER', 'ACL SAVE', 'ACL SETUSER', 'CLIENT SETINFO', 'CLIENT SETNAME'],
  ...['CLUSTER SLOT-STATS', 'CONFIG RESETSTAT', 'CONFIG REWRITE', 'CONFIG SET', 'DBSIZE'],
  ...['FLUSHALL', 'FLUSHDB', 'FUNCTION DELETE', 'FUNCTION FLUSH', 'FUNCTION KILL'],
  ...['FUNCTION LOAD', 'FUNCTION RESTORE', 'HIMPORT DISCARD', 'HIMPORT DISCARDALL'],
  ...['HIMPORT PREPARE', 'KEYS', 'LATENCY RESET', 'MEMORY PURGE', 'PING', 'RANDOMKEY'],
  ...['SCRIPT EXISTS', 'SCRIPT FLUSH', 'SCRIPT KILL', 'SCRIPT LOAD', 'SLOWLOG GET'],
  ...['SLOWLOG LEN', 'SLOWLOG RESET', 'WAIT', 'WAITAOF'],
]);

/** Whether the cluster client sends a command to several nodes, so that a failure may be of some of them. */
export function mayGoToSeveral(cluster: AnyClient, command: string): boolean {
  return hasPolicies(cluster) && (SPLIT.has(command) || FANNED_OUT.has(command));
}

/**
 * Finds the keys that decide where a cluster sends a method's command. What the client itself says is
 * asked once per method; where that is the first argument, later calls are read off directly.
 */
export function routingKeys(
  cluster: AnyClient,
  transcript: (args: readonly unknown[]) => Transcript,
): (args: readonly unknown[]) => readonly Key[] {
  let isFirstArgument = false;
  return (args) => {
    const [first] = args;
    if (isFirstArgument && isKey(first)) return [first];
    const { wires, firstKey } = transcript(args);
    const [wire] = wires;
    const distance = wire && hasPolicies(cluster) ? SPLIT.get(commandName(wire)) : undefined;
    if (wire && distance) return everyNth(wire, distance);
    if (firstKey === undefined) return [];
    isFirstArgument = firstKey === first && args.lastIndexOf(first) === 0;
    return [firstKey];
  };
}

/** Redis 6 knows where each command belongs; earlier clusters send all to one node. */
function hasPolicies(cluster: AnyClient): boolean {
  return '_policyResolver' in cluster;
}

function everyNth(wire: Wire, distance: number): Key[] {
  return wire.filter((word, index): word is Key => (index - 1) % distance === 0 && isKey(word));
}
