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
  let isFirstArgument: boolean | undefined;
  return (args) => {
    const [first] = args;
    if (isFirstArgument && isKey(first)) return [first];
    const { wires, firstKey } = transcript(args);
    const keys = wireKeys(cluster, wires[0] ?? [], firstKey);
    if (keys.length === 1 && keys[0] === first) {
      // Equal to the key is not yet the key: `bitOp('AND', 'AND', 'k')`.
      isFirstArgument ??= transcript(args.with(0, MARKER)).firstKey === MARKER;
    }
    return keys;
  };
}

/** The same of a command as it goes over the wire, of which its sender names the first key. */
export function wireKeys(
  cluster: AnyClient,
  wire: Wire,
  firstKey: Key | undefined,
): readonly Key[] {
  const name = commandName(wire);
  if (!mayGoToSeveral(cluster, name)) return firstKey === undefined ? [] : [firstKey];
  const distance = SPLIT.get(name);
  if (!distance) return [];
  // What the client did not refuse yet need not be a key: `del()`.
  return wire.slice(1).filter((word, index) => index % distance === 0 && isKey(word));
}

/** Tells the first argument apart from others that are equal to it. */
const MARKER = 'redis-resilience';

/** Redis 6 knows where each command belongs; earlier clusters send all to one node. */
function hasPolicies(cluster: AnyClient): boolean {
  return '_policyResolver' in cluster;
}
