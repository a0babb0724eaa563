export { resilient } from './resilient.ts';
export type { RedisLike } from './commands/client.ts';
export type { ReplayPolicy } from './commands/replay.ts';
export type { Controls, Health, Resilient, Stats } from './facade/controls.ts';
export {
  AbortedError,
  AuthError,
  CircuitOpenError,
  ClosedError,
  CommandError,
  CommandTimeoutError,
  ConflictError,
  NotFoundError,
  OverloadedError,
  PermissionError,
  ResilienceError,
  TransportError,
  UnavailableError,
} from './failures/errors.ts';
export type { PoolStats } from './connection/connections.ts';
export { isOutage } from './failures/is-outage.ts';
export type { Execution, FailureKind, UnavailableReason } from './failures/kinds.ts';
export type { CircuitStats } from './layers/breaker/breaker.ts';
export type { LoggedEvent } from './options/log-levels.ts';
export type {
  BreakerOptions,
  BulkheadOptions,
  CallOptions,
  CommandOptions,
  ConnectionOptions,
  Credentials,
  Fallback,
  LogEntry,
  LogLevels,
  LogOptions,
  LogSink,
  Mode,
  Preset,
  ResilienceOptions,
  RetryOptions,
  TimeoutOptions,
  ViewOptions,
} from './options/types.ts';
export type {
  CircuitState,
  EventType,
  FailureSummary,
  Observer,
  ResilienceEvent,
} from './telemetry/events.ts';
export type {
  CallSpan,
  SpanFields,
  StartSpan,
  Telemetry,
  WatchedClient,
} from './telemetry/telemetry.ts';
export { readableFormat, type LineFormat } from './telemetry/winston.ts';
