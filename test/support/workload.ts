import { setTimeout as sleep } from 'node:timers/promises';
import { auditCalls, presetKeys } from './workload-audit.ts';
import type { Audit, Store } from './workload-audit.ts';
import { expectedReply, keyOf, kindOf, valueOf } from './workload-call.ts';
import type { Call, CallError } from './workload-call.ts';
import { reportOn } from './workload-report.ts';
import type { Report } from './workload-report.ts';

/** The commands that a workload calls. */
export interface Subject {
  get(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  incr(key: string): Promise<unknown>;
}

/** How much a workload calls. */
export interface WorkloadOptions {
  /** Part of every key and value, so that several workloads can share a server. */
  owner?: string;
  ratePerSecond?: number;
  maxCalls?: number;
}

const tickMs = 5;

/** A steady open-loop mix of GET, SET and INCR in which each key is used once. */
export class Workload {
  readonly #subject: Subject;
  readonly #owner: string;
  readonly #ratePerSecond: number;
  readonly #maxCalls: number;
  readonly #calls: Call[] = [];
  #ticker: NodeJS.Timeout | undefined;

  constructor(
    subject: Subject,
    { owner = 'workload', ratePerSecond = 200, maxCalls = 10_000 }: WorkloadOptions = {},
  ) {
    this.#subject = subject;
    this.#owner = owner;
    this.#ratePerSecond = ratePerSecond;
    this.#maxCalls = maxCalls;
  }

  /** Every call so far, as it stands at any time. */
  get calls(): readonly Readonly<Call>[] {
    return this.#calls;
  }

  /** Writes the keys that the GETs read. */
  async prepare(store: Store): Promise<void> {
    await presetKeys(store, this.#owner, this.#maxCalls);
  }

  /** Begins to issue calls at the given rate, whatever becomes of them. */
  start(): void {
    if (this.#ticker) throw new Error('the workload already runs');
    const startedAt = performance.now();
    const before = this.#calls.length;
    this.#ticker = setInterval(() => {
      const elapsedMs = performance.now() - startedAt;
      const due = before + Math.floor((elapsedMs * this.#ratePerSecond) / 1000);
      while (this.#calls.length < Math.min(due, this.#maxCalls)) this.#issue();
      if (this.#calls.length === this.#maxCalls) this.stop();
    }, tickMs);
  }

  /** Issues no more calls; those under way may still settle. */
  stop(): void {
    clearInterval(this.#ticker);
    this.#ticker = undefined;
  }

  /** Waits until no call is pending, at most this long. */
  async settle(withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (this.report().pending > 0 && performance.now() < deadline) await sleep(tickMs);
  }

  /** What the callers saw so far. */
  report(): Report {
    return reportOn(this.#calls);
  }

  /** What the callers saw, compared with what the server holds. */
  async audit(store: Store): Promise<Audit> {
    return auditCalls(this.#calls, store);
  }

  #issue(): void {
    const index = this.#calls.length;
    const kind = kindOf(index);
    const call: Call = {
      kind,
      key: keyOf(this.#owner, index),
      value: valueOf(this.#owner, index),
      index,
      startedAt: performance.now(),
      outcome: 'pending',
      wrong: false,
    };
    this.#calls.push(call);
    this.#run(call).then(
      (reply) => {
        call.settledAt = performance.now();
        call.outcome = 'ok';
        call.wrong = reply !== expectedReply(this.#owner, index);
        if (call.wrong) call.reply = reply;
      },
      (error: unknown) => {
        call.settledAt = performance.now();
        call.outcome = 'failed';
        call.error = describeError(error);
      },
    );
  }

  // Asynchronous, so that a subject that throws at once counts as a failed call.
  async #run({ kind, key, value }: Call): Promise<unknown> {
    if (kind === 'get') return this.#subject.get(key);
    if (kind === 'set') return this.#subject.set(key, value);
    return this.#subject.incr(key);
  }
}

function describeError(error: unknown): CallError {
  const { kind, execution } = Object(error) as { kind?: unknown; execution?: unknown };
  return { kind, execution, message: error instanceof Error ? error.message : String(error) };
}
