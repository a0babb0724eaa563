const kinds = ['get', 'set', 'incr'] as const;

/** The command of a call. */
export type CallKind = (typeof kinds)[number];

/** What a failed call's error said, its own fields included where it has them. */
export interface CallError {
  kind: unknown;
  execution: unknown;
  message: string;
}

/** One call of a workload and what became of it; times are those of `performance.now()`. */
export interface Call {
  kind: CallKind;
  key: string;
  /** What a GET must find and a SET writes. */
  value: string;
  index: number;
  startedAt: number;
  settledAt?: number;
  outcome: 'pending' | 'ok' | 'failed';
  /** Resolved with something that is not its right answer. */
  wrong: boolean;
  /** The wrong answer. */
  reply?: unknown;
  error?: CallError;
}

/** The command of the call with this index. */
export function kindOf(index: number): CallKind {
  return kinds[index % kinds.length] ?? 'get';
}

/** The key that only the call with this index of this owner uses. */
export function keyOf(owner: string, index: number): string {
  return `${owner}:${kindOf(index)}:${index}`;
}

/** What a GET finds under its key and a SET writes. */
export function valueOf(owner: string, index: number): string {
  return `value-of-${owner}-${index}`;
}

/** The one right answer to the call with this index. */
export function expectedReply(owner: string, index: number): string | number {
  return { get: valueOf(owner, index), set: 'OK', incr: 1 }[kindOf(index)];
}
