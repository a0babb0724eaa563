import { causesOf } from './causes.ts';
import type { Execution, FailureKind, UnavailableReason } from './kinds.ts';

/** Carries the kind on every error handed out, also on the server's replies: `instanceof` reads it. */
export const KIND: unique symbol = Symbol.for('redis-resilience.kind');

/** What every error of this library says about the call that failed. */
export interface ErrorFacts {
  readonly kind: FailureKind;
  readonly code: string;
  /** What may have happened at the server. */
  readonly execution: Execution;
  /** Name of the command; never its arguments. */
  readonly command: string;
  /** How often the command was handed to a connection. */
  readonly attempts: number;
  /** Milliseconds from the call to its failure. */
  readonly elapsedMs: number;
  readonly reason?: UnavailableReason | undefined;
  readonly retryAfterMs?: number | undefined;
  /** Where no connection could be made, as a URL without credentials. */
  readonly address?: string | undefined;
}

/** Base of every failure that is handed to a caller; on its own it is kind `unknown`. */
export class ResilienceError extends Error implements ErrorFacts {
  /** The kind that `instanceof` looks for; undefined on the base, which matches all. */
  static readonly kind: FailureKind | undefined = undefined;

  declare readonly kind: FailureKind;
  declare readonly code: string;
  declare readonly execution: Execution;
  declare readonly command: string;
  declare readonly attempts: number;
  declare readonly elapsedMs: number;
  declare readonly address?: string;

  /** True for our classes and for replies of the server that were annotated with their kind. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (typeof value !== 'object' || value === null || !(KIND in value)) return false;
    return this.kind === undefined || value[KIND] === this.kind;
  }

  constructor(message: string, facts: ErrorFacts, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    // Plain assignments: a circuit that refuses 400,000 calls a second makes an error for each.
    this.kind = facts.kind;
    this.code = facts.code;
    this.execution = facts.execution;
    this.command = facts.command;
    this.attempts = facts.attempts;
    this.elapsedMs = facts.elapsedMs;
    if (facts.address !== undefined) this.address = facts.address;
  }

  /** A JSON form for logs: the facts and the causes' texts, without the stack and what the server said. */
  toJSON(): object {
    const causes = causesOf(this.cause, this.message);
    return {
      name: this.name,
      message: this.message,
      ...factsOf(this),
      ...(causes.length > 0 && { causes }),
    };
  }
}

/** No such key, group, index, library or script; under `strict` also a reply of `null`. */
export class NotFoundError extends ResilienceError {
  static override readonly kind = 'not-found';
}

/** The server refused the credentials, or wants some (WRONGPASS, NOAUTH). */
export class AuthError extends ResilienceError {
  static override readonly kind = 'auth';
}

/** The credentials are right but do not allow this command, key or channel (NOPERM). */
export class PermissionError extends ResilienceError {
  static override readonly kind = 'permission';
}

/** The connection could not be made or was lost; `execution` says whether the command was sent. */
export class TransportError extends ResilienceError {
  static override readonly kind = 'transport';
}

/** No reply within the attempt's or the call's time; the command may still run at the server. */
export class CommandTimeoutError extends ResilienceError {
  static override readonly kind = 'timeout';
}

/** The server answers but does not serve at the moment; `reason` says why. */
export class UnavailableError extends ResilienceError {
  static override readonly kind = 'unavailable';
  declare readonly reason: UnavailableReason;

  constructor(message: string, facts: ErrorFacts, cause?: unknown) {
    super(message, facts, cause);
    if (facts.reason) this.reason = facts.reason;
  }
}

/** The server rejected the command itself (WRONGTYPE, syntax, CROSSSLOT, ...): a retry cannot help. */
export class CommandError extends ResilienceError {
  static override readonly kind = 'command';
}

/** A watched key changed, or the watch was lost with its connection: start the transaction again. */
export class ConflictError extends ResilienceError {
  static override readonly kind = 'conflict';
}

/** Refused without asking the server; `cause` is what opened the circuit. */
export class CircuitOpenError extends ResilienceError {
  static override readonly kind = 'circuit-open';
  /** Milliseconds until the circuit tests the server again. */
  declare readonly retryAfterMs: number;

  constructor(message: string, facts: ErrorFacts, cause?: unknown) {
    super(message, facts, cause);
    this.retryAfterMs = facts.retryAfterMs ?? 0;
  }
}

/** Refused because too many calls are in flight or waiting. */
export class OverloadedError extends ResilienceError {
  static override readonly kind = 'overloaded';
}

/** The caller's own signal ended the call. */
export class AbortedError extends ResilienceError {
  static override readonly kind = 'aborted';
}

/** The client was closed by its user, or gave up reconnecting. */
export class ClosedError extends ResilienceError {
  static override readonly kind = 'closed';
}

type ErrorClass = new (message: string, facts: ErrorFacts, cause?: unknown) => ResilienceError;

/** The class and code of every kind; what the layers do about it stands in `kinds.ts`. */
export const ERRORS: Readonly<
  Record<FailureKind, { readonly type: ErrorClass; readonly code: string }>
> = {
  'not-found': { type: NotFoundError, code: 'ERR_REDIS_NOT_FOUND' },
  auth: { type: AuthError, code: 'ERR_REDIS_AUTH' },
  permission: { type: PermissionError, code: 'ERR_REDIS_PERMISSION' },
  transport: { type: TransportError, code: 'ERR_REDIS_TRANSPORT' },
  timeout: { type: CommandTimeoutError, code: 'ERR_REDIS_TIMEOUT' },
  unavailable: { type: UnavailableError, code: 'ERR_REDIS_UNAVAILABLE' },
  command: { type: CommandError, code: 'ERR_REDIS_COMMAND' },
  conflict: { type: ConflictError, code: 'ERR_REDIS_CONFLICT' },
  'circuit-open': { type: CircuitOpenError, code: 'ERR_REDIS_CIRCUIT_OPEN' },
  overloaded: { type: OverloadedError, code: 'ERR_REDIS_OVERLOADED' },
  aborted: { type: AbortedError, code: 'ERR_REDIS_ABORTED' },
  closed: { type: ClosedError, code: 'ERR_REDIS_CLOSED' },
  unknown: { type: ResilienceError, code: 'ERR_REDIS_UNKNOWN' },
};

for (const [kind, { type }] of Object.entries(ERRORS)) {
  // The name that callers compare for a cancelled call is the platform's.
  const name = type === AbortedError ? 'AbortError' : type.name;
  Object.defineProperties(type.prototype, {
    name: { value: name, writable: true, configurable: true },
    [KIND]: { value: kind, configurable: true },
  });
}

const FACTS = [
  'kind',
  'code',
  'execution',
  'command',
  'attempts',
  'elapsedMs',
  'reason',
  'retryAfterMs',
  'address',
];

/** The facts an error carries, as far as it carries them. */
export function factsOf(error: Error): Partial<ErrorFacts> {
  return Object.fromEntries(
    FACTS.map((name) => [name, Reflect.get(error, name)] as const).filter(
      ([, value]) => value !== undefined,
    ),
  );
}
