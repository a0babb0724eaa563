/** What failed in the same way since the last summary. */
interface Tally {
  count: number;
  readonly firstAt: number;
  lastAt: number;
  longestMs: number;
}

/** What has been counted up to some moment. */
interface Totals {
  readonly failed: number;
  readonly fallbacks: number;
  readonly retries: number;
}

const NOTHING: Totals = { failed: 0, fallbacks: 0, retries: 0 };

/** Fields of a line, of which some are known to be numbers. */
type Fields<Numbers extends string> = Readonly<Record<Numbers, number>> & Record<string, unknown>;

type Count = 'redis.failed_calls' | 'redis.fallbacks' | 'redis.retries';
type OutageCount = 'redis.outage.failed_calls' | 'redis.outage.fallbacks' | 'redis.outage.retries';

/** Counts what failed, once for the next summary and once for the outages that go on. */
export class LogSummary {
  readonly #tallies = new Map<string, Tally>();
  /** What had happened when an outage began, by the address that it is about. */
  readonly #outages = new Map<string, Totals>();
  readonly #totals = { ...NOTHING };
  /** What the last summary had reached. */
  #told = NOTHING;

  get isEmpty(): boolean {
    const { failed, fallbacks } = this.#since(this.#told);
    return failed + fallbacks === 0;
  }

  failed(kind: string, at: number, durationMs: number): void {
    this.#totals.failed++;
    const tally = this.#tallies.get(kind);
    if (tally) {
      tally.count++;
      tally.lastAt = at;
      tally.longestMs = Math.max(tally.longestMs, durationMs);
    } else {
      this.#tallies.set(kind, { count: 1, firstAt: at, lastAt: at, longestMs: durationMs });
    }
  }

  /** A fallback answered a call. */
  fellBack(): void {
    this.#totals.fallbacks++;
  }

  retried(): void {
    this.#totals.retries++;
  }

  /** An outage begins; what led to it has not been told yet and belongs to it. */
  begin(address = ''): void {
    this.#outages.set(address, this.#told);
  }

  /** What an outage cost, at its end. */
  end(address = ''): Fields<OutageCount> {
    // After a failover the shard has another address than when its outage began.
    const key = this.#outages.has(address) ? address : [...this.#outages.keys()][0];
    const before = this.#outages.get(key ?? address) ?? this.#told;
    this.#outages.delete(key ?? address);
    const { failed, fallbacks, retries } = this.#since(before);
    return {
      'redis.outage.failed_calls': failed,
      'redis.outage.fallbacks': fallbacks,
      'redis.outage.retries': retries,
    };
  }

  /** What has been counted since it was last taken. */
  take(): Fields<Count> {
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
    const { failed, fallbacks, retries } = this.#since(this.#told);
    this.#told = { ...this.#totals };
    this.#tallies.clear();
    return {
      'redis.failed_calls': failed,
      'redis.fallbacks': fallbacks,
      'redis.retries': retries,
      'redis.failures': failures,
    };
  }

  #since(before: Totals): Totals {
    const { failed, fallbacks, retries } = this.#totals;
    return {
      failed: failed - before.failed,
      fallbacks: fallbacks - before.fallbacks,
      retries: retries - before.retries,
    };
  }
}
