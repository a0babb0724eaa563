/** What may have happened at the server, as far as can be known from outside. */
export type Execution = 'not-sent' | 'not-executed' | 'unknown' | 'executed';

/** What went wrong with a call, one word per decision that a caller can take. */
export type FailureKind =
  | 'not-found'
  | 'auth'
  | 'permission'
  | 'transport'
  | 'timeout'
  | 'unavailable'
  | 'command'
  | 'conflict'
  | 'circuit-open'
  | 'overloaded'
  | 'aborted'
  | 'closed'
  | 'unknown';

/** Why a server that answers does not serve at the moment. */
export type UnavailableReason =
  | 'loading'
  | 'busy'
  | 'master-down'
  | 'cluster-down'
  | 'try-again'
  | 'max-clients'
  | 'maintenance'
  | 'no-replicas'
  | 'read-only'
  | 'out-of-memory'
  | 'persistence';

/** What the layers do about a failure: the only thing they look at besides its execution. */
export interface Verdict {
  /** What has to happen before another attempt can help; `when-safe` leaves it to the replay rules. */
  readonly retry:
    'never' | 'when-safe' | 'when-server-recovers' | 'on-new-connection' | 'with-new-credentials';
  /** What the failure says about the server: it is well, it is unwell, or it says nothing. */
  readonly circuit: 'well' | 'unwell' | 'nothing';
  /** Whether a caller should answer it with a fallback. */
  readonly outage: boolean;
}

/** The whole policy on one screen; the README prints this table and a test keeps the two equal. */
// prettier-ignore
export const VERDICTS: Readonly<Record<FailureKind, Verdict>> = {
  'not-found':    { retry: 'never',                circuit: 'well',    outage: false },
  'auth':         { retry: 'with-new-credentials', circuit: 'nothing', outage: true  },
  'permission':   { retry: 'never',                circuit: 'well',    outage: false },
  'transport':    { retry: 'when-safe',            circuit: 'unwell',  outage: true  },
  'timeout':      { retry: 'when-safe',            circuit: 'unwell',  outage: true  },
  'unavailable':  { retry: 'when-server-recovers', circuit: 'unwell',  outage: true  },
  'command':      { retry: 'never',                circuit: 'well',    outage: false },
  'conflict':     { retry: 'never',                circuit: 'well',    outage: false },
  'circuit-open': { retry: 'never',                circuit: 'nothing', outage: true  },
  'overloaded':   { retry: 'never',                circuit: 'nothing', outage: true  },
  'aborted':      { retry: 'never',                circuit: 'nothing', outage: false },
  'closed':       { retry: 'never',                circuit: 'nothing', outage: false },
  'unknown':      { retry: 'never',                circuit: 'nothing', outage: false },
};

/** Where a reason of `unavailable` asks for something else than its kind. */
// prettier-ignore
export const REASON_VERDICTS: Readonly<Partial<Record<UnavailableReason, Verdict>>> = {
  'maintenance':   { retry: 'when-server-recovers', circuit: 'nothing', outage: true },
  // These four keep only writes out: they must not close the door to reads.
  'no-replicas':   { retry: 'when-server-recovers', circuit: 'nothing', outage: true },
  'read-only':     { retry: 'on-new-connection',    circuit: 'nothing', outage: true },
  'out-of-memory': { retry: 'never',                circuit: 'nothing', outage: true },
  'persistence':   { retry: 'never',                circuit: 'nothing', outage: true },
};

/** Kinds of calls that a layer refused without asking the server. */
export const REFUSALS: ReadonlySet<FailureKind> = new Set(['circuit-open', 'overloaded']);
