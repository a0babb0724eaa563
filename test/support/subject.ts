/* The process of one subject: a client under a steady workload that tells its parent what became of each call. */
import { resilient } from 'redis-resilience';
import type { ResilienceEvent } from 'redis-resilience';
import { majors } from './clients.ts';
import type { AnyClient } from './clients.ts';
import type { Call } from './workload-call.ts';
import { Workload } from './workload.ts';

/** Which client a subject is made of, and what it is told to do with it. */
export interface ConnectOrder {
  readonly type: 'connect';
  readonly client: 'bare' | 'wrapped';
  readonly major: number;
  readonly port: number;
  readonly password: string;
  /** Part of every key and value of its workload. */
  readonly owner: string;
  readonly ratePerSecond: number;
  readonly maxCalls: number;
}

/** What the parent tells a subject; `stop` ends the traffic, not the process. */
export type Order =
  | ConnectOrder
  | { readonly type: 'start' }
  | { readonly type: 'stop' }
  | { readonly type: 'stall'; readonly ms: number };

/** What a subject tells its parent; the times of calls are milliseconds since the epoch. */
export type News =
  | { readonly type: 'connected' }
  | { readonly type: 'calls'; readonly calls: readonly Call[] }
  | { readonly type: 'event'; readonly event: ResilienceEvent };

const reportEveryMs = 100;

const tell = (news: News) => process.send?.(news);

function createClient({ major, port, password }: ConnectOrder): AnyClient {
  const version = majors.find((candidate) => candidate.major === major);
  if (!version) throw new Error(`there is no redis ${major}`);
  const client = version.createClient({ socket: { host: '127.0.0.1', port }, password });
  return client.on('error', () => undefined);
}

function wrap(client: AnyClient): AnyClient {
  const redis = resilient(client, {
    timeout: { attemptMs: 500, totalMs: 1_500 },
    connection: { connectMs: 1_000, silenceMs: 500, maxDelayMs: 500 },
    logger: false,
  });
  redis.resilience.on('*', (event) => {
    if (event.type.startsWith('circuit.')) tell({ type: 'event', event });
  });
  return redis;
}

/** Tells of every call twice: when it was issued and when it has settled. */
function reporter(workload: Workload): () => void {
  // Looking at all calls each time would take ever longer, and hold up the client.
  const open = new Set<Call>();
  let told = 0;
  return () => {
    const settled = [...open].filter(({ outcome }) => outcome !== 'pending');
    const issued = workload.calls.slice(told);
    told += issued.length;
    for (const call of settled) open.delete(call);
    for (const call of issued) if (call.outcome === 'pending') open.add(call);
    const changed = [...settled, ...issued];
    if (changed.length > 0) tell({ type: 'calls', calls: changed.map(onSharedClock) });
  };
}

function onSharedClock(call: Call): Call {
  const { timeOrigin } = performance;
  const settledAt = call.settledAt === undefined ? {} : { settledAt: call.settledAt + timeOrigin };
  return { ...call, startedAt: call.startedAt + timeOrigin, ...settledAt };
}

/** Keeps the event loop busy with nothing. */
function stall(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

let workload: Workload | undefined;

async function connect(order: ConnectOrder): Promise<void> {
  const client = createClient(order);
  const subject = order.client === 'bare' ? client : wrap(client);
  await subject.connect();
  workload = new Workload(subject, order);
  setInterval(reporter(workload), reportEveryMs);
  tell({ type: 'connected' });
}

process.on('message', (order: Order) => {
  if (order.type === 'connect') void connect(order);
  else if (order.type === 'start') workload?.start();
  else if (order.type === 'stop') workload?.stop();
  else stall(order.ms);
});
// Ctrl-C reaches every process of the terminal; what follows from it is the parent's business.
process.on('SIGINT', () => undefined);
// A subject may be wedged, so it ends with its parent and not by a client's goodbye.
process.on('disconnect', () => process.exit());
