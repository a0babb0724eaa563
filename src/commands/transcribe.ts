import { invoke, isMajor4, type AnyClient } from './client.ts';
import { kindOf } from './kind.ts';
import type { Wire } from './wire.ts';

/** What a user's call would send. */
export interface Transcript {
  /** One per command; none where the client refuses the arguments: it will say so when asked for real. */
  readonly wires: readonly Wire[];
  /** The key that tells a cluster where to send it, if there is one. */
  readonly firstKey: Key | undefined;
}

/** A key as a user gives it. */
export type Key = string | Buffer;

type Capture = (...given: readonly unknown[]) => Promise<unknown[]>;

/**
 * Learns what would go over the wire without sending it: a transaction is recorded as the user's call
 * asks, and its queue read. Costs up to 8 µs, so it is done once per method, and per call
 * only where the arguments matter.
 * @param routing what `multi()` was given: the key that leads a transaction of a cluster
 */
export function transcribe(
  client: AnyClient,
  record: (multi: object) => unknown,
  routing: readonly unknown[] = [],
): Transcript {
  let transcript: Transcript = { wires: [], firstKey: undefined };
  // The kinds hand over the queue at different places, and clusters the key beside it.
  const capture: Capture = (...given) => {
    const queue = given.find(Array.isArray) as readonly { readonly args: Wire }[] | undefined;
    transcript = { wires: queue?.map(({ args }) => [...args]) ?? [], firstKey: given.find(isKey) };
    return Promise.resolve([]);
  };
  try {
    const multi = recorder(client, capture, routing);
    record(multi);
    Promise.resolve(invoke(multi, 'execAsPipeline')).catch(ignore);
  } catch {
    return { wires: [], firstKey: undefined };
  }
  return transcript;
}

type Multi = new (...executors: readonly unknown[]) => object;

const multis4 = new WeakMap<AnyClient, Multi>();

/** The class of a client's transactions in redis 4, which only a transaction tells; to make one costs 8 µs. */
function multi4Of(client: AnyClient): Multi {
  let multi = multis4.get(client);
  if (!multi) {
    multi = (invoke(client, 'MULTI') as object).constructor as unknown as Multi;
    multis4.set(client, multi);
  }
  return multi;
}

/** A transaction of the client whose commands come to us. */
function recorder(client: AnyClient, capture: Capture, [routing]: readonly unknown[]): object {
  const kind = kindOf(client);
  if (isMajor4(client)) {
    const leader = kind === 'cluster' ? [routing] : [];
    return new (multi4Of(client))(capture, ...leader);
  }
  if (kind === 'client' || kind === 'sentinel') {
    const executor = { value: capture };
    const view: unknown = Object.create(client, {
      _executeMulti: executor,
      _executePipeline: executor,
    });
    return invoke(view, 'MULTI') as object;
  }
  const { Multi, _keyPrefix } = client as unknown as { Multi: Multi; _keyPrefix?: string };
  return kind === 'cluster'
    ? new Multi(capture, capture, routing, undefined, _keyPrefix)
    : new Multi(capture, capture, undefined, _keyPrefix);
}

/** Whether a value can be a key. */
export function isKey(value: unknown): value is Key {
  return typeof value === 'string' || value instanceof Uint8Array;
}

function ignore(): void {
  // The client may stumble over replies that were never there.
}
