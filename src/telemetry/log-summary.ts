/** What failed in the same way since the last summary. */
interface Tally {
  count: number;
  readonly firstAt: number;
  lastAt: number;
  longestMs: number;
}

/** Calls and retries up to some moment. */
interface Totals {
  readonly failed: number;
  readonly retries: number;
}

/** Fields of a line, of which some are known to be numbers. */
type Fields<Numbers extends string> = Readonly<Record<Numbers, number>> & Record<string, unknown>;

/** Counts what failed, once for the next summary and once for the outages that go on. */
export class LogSummary {
  readonly #tallies = new Map<string, Tally>();
  /** What had happened when an outage began, by the address that it is about. */
  readonly #outages = new Map<string, Totals>();
  #failed = 0;
  #retries = 0;
  /** What the last summary had reached. */
  #told: Totals = { failed: 0, retries: 0 };

  get isEmpty(): boolean {
    return this.#tallies.size === 0;
  }

  failed(kind: string, at: number, durationMs: number): void {
    this.#failed++;
    const tally = this.#tallies.get(kind);
    if (tally) {
      tally.count++;
      tally.lastAt = at;
      tally.longestMs = Math.max(tally.longestMs, durationMs);
    } else {
      this.#tallies.set(kind, { count: 1, firstAt: at, lastAt: at, longestMs: durationMs });
    }
  }

  retried(): void {
    this.#retries++;
  }

  /** An outage begins; what led to it has not been told yet and belongs to it. */
  begin(address = ''): void {
    this.#outages.set(address, this.#told);
  }

  /** What an outage cost, at its end. */
  end(address = ''): Fields<'redis.outage.failed_calls' | 'redis.outage.retries'> {
    // After a failover the shard has another address than when its outage began.
    const key = this.#outages.has(address) ? address : [...this.#outages.keys()][0];
    const before = this.#outages.get(key ?? address) ?? this.#told;
    this.#outages.delete(key ?? address);
    return {
      'redis.outage.failed_calls': this.#failed - before.failed,
      'redis.outage.retries': this.#retries - before.retries,
    };
  }

  /** What has been counted since it was last taken. */
  take(): Fields<'redis.failed_calls' | 'redis.retries'> {
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
    const { failed, retries } = this.#told;
    this.#told = { failed: this.#failed, retries: this.#retries };
    this.#tallies.clear();
    return {
      'redis.failed_calls': this.#failed - failed,
      'redis.retries': this.#retries - retries,
      'redis.failures': failures,
    };
  }
}
