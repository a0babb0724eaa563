import type {
  BreakerOptions,
  BulkheadOptions,
  ConnectionOptions,
  LogOptions,
  Preset,
  ResilienceOptions,
  RetryOptions,
  TimeoutOptions,
} from './types.ts';

/** The groups of options that hold numbers. */
export interface Groups {
  readonly timeout: TimeoutOptions;
  readonly retry: RetryOptions;
  readonly breaker: BreakerOptions;
  readonly bulkhead: BulkheadOptions;
  readonly connection: ConnectionOptions;
  readonly log: LogOptions;
}

/** Every default, once; the README's table is compared with it. */
export const DEFAULTS: Groups = {
  timeout: { attemptMs: 2_000, totalMs: 5_000, blockingGraceMs: 5_000 },
  retry: {
    maxAttempts: 3,
    baseDelayMs: 20,
    maxDelayMs: 1_000,
    busyDelayMs: 200,
    budgetRatio: 0.2,
    budgetPerSecond: 10,
    replay: 'same-reply',
  },
  breaker: {
    failureRate: 0.5,
    minimumFailures: 10,
    consecutiveFailures: 10,
    windowMs: 10_000,
    disconnectedMs: 1_000,
    openDurationMs: 1_000,
    maxOpenDurationMs: 30_000,
    halfOpenProbes: 3,
  },
  bulkhead: { maxInFlight: 5_000, maxWaiting: 100_000, maxWaitingOffline: 1_000 },
  connection: {
    connectMs: 2_000,
    silenceMs: 2_000,
    heartbeatMs: 10_000,
    baseDelayMs: 50,
    maxDelayMs: 1_000,
  },
  log: { summaryMs: 60_000, successRate: 1 },
};

/** What a preset changes; options given beside it win. */
export const PRESETS: Readonly<Record<Preset, Pick<ResilienceOptions, 'timeout' | 'retry'>>> = {
  default: {},
  cache: { timeout: { attemptMs: 250, totalMs: 500 }, retry: { maxAttempts: 2 } },
  patient: { timeout: { totalMs: 15_000 }, retry: { maxAttempts: 6 } },
};
