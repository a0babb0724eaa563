import type { ReplyValue } from './resp.ts';
import { keyOf, kindOf, valueOf } from './workload-call.ts';
import type { Call } from './workload-call.ts';
import { reportOn } from './workload-report.ts';
import type { Report } from './workload-report.ts';

/** The way to the server's data that does not pass through the client under test. */
export interface Store {
  pipeline(commands: readonly (readonly string[])[]): Promise<ReplyValue[]>;
}

/** What the callers saw, compared with what the server did. */
export interface Audit extends Report {
  /** INCRs that were executed more than once. */
  executedTwice: number;
  /** Writes answered with success whose effect is not there. */
  lost: number;
  /** Writes that failed and were executed all the same, by what their errors said about that. */
  ghosts: {
    /** The error said that the command had not been executed. */
    denied: number;
    /** The error left it open. */
    unknown: number;
  };
}

const batchSize = 1_000;
const denials: readonly unknown[] = ['not-sent', 'not-executed'];

/** Writes the keys that the GETs among the first calls read. */
export async function presetKeys(store: Store, owner: string, calls: number): Promise<void> {
  const pairs = Array.from({ length: calls }, (_, index) => index)
    .filter((index) => kindOf(index) === 'get')
    .map((index) => [keyOf(owner, index), valueOf(owner, index)]);
  const replies = await store.pipeline(batches(pairs).map((batch) => ['MSET', ...batch.flat()]));
  const refused = replies.find((reply) => reply !== 'OK');
  if (refused !== undefined) throw new Error(`MSET answered ${JSON.stringify(refused)}`);
}

/** Compares what was answered with what the server holds now. */
export async function auditCalls(live: readonly Call[], store: Store): Promise<Audit> {
  // Taken before the values are read: a call that settles meanwhile is still pending in it.
  const report = reportOn(live);
  const writes = report.calls.filter(({ kind }) => kind !== 'get');
  const values = await readKeys(store, writes);
  const count = (test: (call: Call) => boolean) => writes.filter(test).length;
  const executed = ({ key }: Call) => values.get(key) !== null;
  const ghosts = writes.filter((call) => call.outcome === 'failed' && executed(call));
  const denied = ghosts.filter(({ error }) => denials.includes(error?.execution)).length;
  return {
    ...report,
    executedTwice: count(({ kind, key }) => kind === 'incr' && Number(values.get(key)) > 1),
    lost: count((call) => call.outcome === 'ok' && !holdsEffect(call, values.get(call.key))),
    ghosts: { denied, unknown: ghosts.length - denied },
  };
}

function holdsEffect({ kind, value }: Call, stored: ReplyValue | undefined): boolean {
  return kind === 'set' ? stored === value : Number(stored) >= 1;
}

async function readKeys(
  store: Store,
  calls: readonly Call[],
): Promise<ReadonlyMap<string, ReplyValue>> {
  const keys = calls.map(({ key }) => key);
  const replies = await store.pipeline(batches(keys).map((batch) => ['MGET', ...batch]));
  const values = replies.flatMap((reply) => {
    if (!Array.isArray(reply)) throw new Error(`MGET answered ${JSON.stringify(reply)}`);
    return reply;
  });
  return new Map(keys.map((key, position) => [key, values[position] ?? null]));
}

function batches<T>(items: readonly T[]): T[][] {
  const starts = Array.from({ length: Math.ceil(items.length / batchSize) }, (_, n) => n);
  return starts.map((n) => items.slice(n * batchSize, (n + 1) * batchSize));
}
