import type { ReplayPolicy } from '../commands/replay.ts';
import type { ResilienceError } from '../failures/errors.ts';
import type { LoggedEvent } from './log-levels.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** How long a call may take. All in milliseconds. */
export interface TimeoutOptions {
  /** From dispatch to reply, for each attempt. @defaultValue 2_000 */
  readonly attemptMs: number;
  /** Waiting, attempts and delays together. @defaultValue 5_000 */
  readonly totalMs: number;
  /** On top of a blocking command's own timeout; one that blocks for ever has no deadline. @defaultValue 5_000 */
  readonly blockingGraceMs: number;
}

/** When and how often a failed attempt is made again. */
export interface RetryOptions {
  /** Attempts in all, the first included. @defaultValue 3 */
  readonly maxAttempts: number;
  /** Ceiling of the first delay; doubles per attempt, with full jitter. @defaultValue 20 */
  readonly baseDelayMs: number;
  /** Ceiling of every delay. @defaultValue 1_000 */
  readonly maxDelayMs: number;
  /** Shortest delay, and time between two tests of the circuit, where the server is busy. @defaultValue 200 */
  readonly busyDelayMs: number;
  /** Retries that each call earns for the client's budget, 0 to 1. @defaultValue 0.2 */
  readonly budgetRatio: number;
  /** Retries that each second earns for the client's budget. @defaultValue 10 */
  readonly budgetPerSecond: number;
  /** What may be sent again although it may have been executed. @defaultValue 'same-reply' */
  readonly replay: ReplayPolicy;
}

/** When the circuit opens, and how it closes again. */
export interface BreakerOptions {
  /** Share of failed attempts within the window that opens, 0 to 1. @defaultValue 0.5 */
  readonly failureRate: number;
  /** Failures within the window below which the rate says nothing. @defaultValue 10 */
  readonly minimumFailures: number;
  /** Failures in a row that open, whatever the rate. @defaultValue 10 */
  readonly consecutiveFailures: number;
  /** Length of the rolling window. @defaultValue 10_000 */
  readonly windowMs: number;
  /** Time without a connection after which the circuit opens. @defaultValue 1_000 */
  readonly disconnectedMs: number;
  /** First time that the circuit stays open; doubles with each failed test, ±20 %. @defaultValue 1_000 */
  readonly openDurationMs: number;
  /** Longest time that the circuit stays open. @defaultValue 30_000 */
  readonly maxOpenDurationMs: number;
  /** PINGs that must be answered before user traffic flows again. @defaultValue 3 */
  readonly halfOpenProbes: number;
}

/** How many calls may be under way at once. */
export interface BulkheadOptions {
  /** Commands dispatched and not answered, those given up included. @defaultValue 5_000 */
  readonly maxInFlight: number;
  /** Calls that wait for a place while a connection is ready. @defaultValue 100_000 */
  readonly maxWaiting: number;
  /** Calls that wait while no connection is ready. @defaultValue 1_000 */
  readonly maxWaitingOffline: number;
}

/** How connections are made, watched and replaced. */
export interface ConnectionOptions {
  /** TCP, TLS and handshake together. @defaultValue 2_000 */
  readonly connectMs: number;
  /** Something in flight and not one byte of reply for this long: the connection is replaced. @defaultValue 2_000 */
  readonly silenceMs: number;
  /** Between two heartbeats, which find a dead idle connection and a shifted stream. @defaultValue 10_000 */
  readonly heartbeatMs: number;
  /** Ceiling of the first delay between attempts to connect; doubles, with full jitter. @defaultValue 50 */
  readonly baseDelayMs: number;
  /** Ceiling of every delay, and the shortest time between two replacements. @defaultValue 1_000 */
  readonly maxDelayMs: number;
}

/** How much of what happens is written to the log. */
export interface LogOptions {
  /** Failed calls are told once per this time, in one line with their counts. @defaultValue 60_000 */
  readonly summaryMs: number;
  /** Share of the calls that succeed which get a line at `debug`, 0 to 1. @defaultValue 1 */
  readonly successRate: number;
}

/** The level of an event's line, as the logger names it; `false` for no line. */
export type LogLevels = Readonly<Partial<Record<LoggedEvent, string | false>>>;

/**
 * Answers a call that failed because Redis could not be asked, which counts as a fallback and not as a
 * success; throwing passes the failure on.
 */
export type Fallback = (error: ResilienceError) => unknown;

/** What a new connection presents to the server. */
export interface Credentials {
  readonly username?: string;
  readonly password?: string;
}

/** A winston logger, or anything with winston's `log(entry)`. */
export interface LogSink {
  log(entry: LogEntry): unknown;
}

/** One structured line: winston's `level` and `message`, and the event's fields beside them. */
export interface LogEntry {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** `enforce` guards every call; `off` bypasses the layers, while connections stay supervised. */
export type Mode = 'enforce' | 'off';

/** Ready-made values for a use: `cache` fails early, `patient` holds on. */
export type Preset = 'default' | 'cache' | 'patient';

/** Options that can differ between calls of one client. */
export interface CallOptions {
  readonly timeout?: Partial<TimeoutOptions> | false;
  readonly retry?: Partial<RetryOptions> | false;
  readonly fallback?: Fallback | false;
}

/** Overrides for one command, by its name. */
export interface CommandOptions extends CallOptions {
  /** Short for `retry.replay`. */
  readonly replay?: ReplayPolicy;
}

/** What `redis.resilience.with` takes. */
export interface ViewOptions extends CallOptions {
  readonly commands?: Readonly<Record<string, CommandOptions>>;
}

/** Everything that `resilient` takes; all of it optional. */
export interface ResilienceOptions extends ViewOptions {
  /** Stands in every log line and metric. @defaultValue 'redis' */
  readonly name?: string;
  readonly preset?: Preset;
  readonly breaker?: Partial<BreakerOptions> | false;
  readonly bulkhead?: Partial<BulkheadOptions> | false;
  readonly connection?: Partial<ConnectionOptions>;
  /** Asked before every new connection and once after a refusal, bounded by `connection.connectMs`. */
  readonly credentials?: () => Credentials | Promise<Credentials>;
  /** `false` is silent; without one, warnings go to stderr as JSON. */
  readonly logger?: LogSink | false;
  readonly log?: Partial<LogOptions>;
  /** Other levels than the usual ones, by event; the failures' own lines among them, which are usually only counted. */
  readonly logLevels?: LogLevels;
  /** Metrics and traces: what `openTelemetry()` of `redis-resilience/opentelemetry` gives. */
  readonly telemetry?: Telemetry;
  /** The environment's `REDIS_RESILIENCE_MODE` wins over it. @defaultValue 'enforce' */
  readonly mode?: Mode;
  /** Whether refusals and mass failures carry a stack; 10,000 stacks block the process for 50 ms. @defaultValue false */
  readonly stackTraces?: boolean;
}
