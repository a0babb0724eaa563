import type { LogEntry, LogSink } from '../options/types.ts';
import type { EventType, FailureSummary, ResilienceEvent } from './events.ts';
import { fieldsOf, LEVELS, sentenceOf } from './log-lines.ts';

/** Failures are told once per this time, however many there are. */
const SUMMARY_MS = 60_000;

interface Tally {
  count: number;
  readonly firstAt: number;
  lastAt: number;
  longestMs: number;
}

/**
 * Turns events into log lines: one at each end of an outage, and everything between folded into one
 * summary, so that an outage at 10,000 calls a second is told in a handful of lines.
 */
export class LogObserver {
  readonly #logger: LogSink;
  readonly #client: string;
  readonly #tallies = new Map<string, Tally>();
  #retries = 0;
  #summary: NodeJS.Timeout | undefined;
  #credentialsRefused = false;

  constructor(logger: LogSink, client: string) {
    this.#logger = logger;
    this.#client = client;
  }

  /** Debug lines are only built where somebody reads them: one per command would cost as much as it. */
  wants(type: EventType): boolean {
    // Retries are counted for the summary, whatever the level.
    if (LEVELS[type] !== 'debug' || type === 'attempt.retried') return true;
    return this.#isDebugging();
  }

  observe(event: ResilienceEvent): void {
    switch (event.type) {
      case 'call.failed':
      case 'call.refused':
        this.#count(event.failure, event.at, event.durationMs);
        return;
      case 'retry.budget-exhausted':
        return;
      case 'attempt.retried':
        this.#retries++;
        break;
      case 'credentials.refused':
        if (this.#credentialsRefused) return;
        this.#credentialsRefused = true;
        this.#line('error', sentenceOf(event), fieldsOf(event));
        return;
      case 'connection.ready':
        this.#credentialsRefused = false;
        break;
      case 'circuit.closed':
        // The recovery line carries the summary of its outage.
        this.#line('warn', sentenceOf(event), { ...fieldsOf(event), ...this.#takeSummary() });
        return;
      case 'client.closed':
      case 'client.gave-up':
        this.flush();
        break;
      default:
        break;
    }
    const level = LEVELS[event.type];
    if (level && (level !== 'debug' || this.#isDebugging())) {
      this.#line(level, sentenceOf(event), fieldsOf(event));
    }
  }

  /** Writes what has been counted since the last summary. */
  flush(): void {
    if (this.#tallies.size === 0) return;
    const fields = this.#takeSummary();
    const failed = String(fields['redis.failed_calls']);
    this.#line('warn', `Redis client '${this.#client}': ${failed} calls failed`, {
      'event.name': 'redis.resilience.summary',
      'db.system.name': 'redis',
      'redis.client.name': this.#client,
      ...fields,
    });
  }

  #isDebugging(): boolean {
    try {
      const { level, isLevelEnabled } = this.#logger as {
        level?: unknown;
        isLevelEnabled?: (level: string) => boolean;
      };
      return (
        isLevelEnabled?.call(this.#logger, 'debug') ?? (level === 'debug' || level === 'silly')
      );
    } catch {
      return false;
    }
  }

  #count({ kind }: FailureSummary, at: number, durationMs: number): void {
    const tally = this.#tallies.get(kind);
    if (tally) {
      tally.count++;
      tally.lastAt = at;
      tally.longestMs = Math.max(tally.longestMs, durationMs);
    } else {
      this.#tallies.set(kind, { count: 1, firstAt: at, lastAt: at, longestMs: durationMs });
    }
    this.#summary ??= setTimeout(() => {
      this.flush();
    }, SUMMARY_MS).unref();
  }

  #takeSummary(): Record<string, unknown> {
    clearTimeout(this.#summary);
    this.#summary = undefined;
    const failures = Object.fromEntries(
      [...this.#tallies].map(([kind, { count, firstAt, lastAt, longestMs }]) => [
        kind,
        {
          count,
          first: new Date(firstAt).toISOString(),
          last: new Date(lastAt).toISOString(),
          longest_ms: Math.round(longestMs),
        },
      ]),
    );
    const total = [...this.#tallies.values()].reduce((sum, { count }) => sum + count, 0);
    const retries = this.#retries;
    this.#tallies.clear();
    this.#retries = 0;
    return { 'redis.failed_calls': total, 'redis.retries': retries, 'redis.failures': failures };
  }

  #line(level: string, message: string, fields: Record<string, unknown>): void {
    const entry: LogEntry = { level, message, ...fields };
    try {
      const written: unknown = this.#logger.log(entry);
      if (written instanceof Promise) written.catch(ignore);
    } catch {
      // A logger that fails must not fail a call.
    }
  }
}

function ignore(): void {
  // As above.
}
