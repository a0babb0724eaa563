import {
  REASON_VERDICTS,
  VERDICTS,
  type Execution,
  type FailureKind,
  type UnavailableReason,
  type Verdict,
} from './kinds.ts';

/** Who ended an attempt: decides, after `unknown`, whether an overwrite may be sent again. */
export type EndedBy = 'server' | 'peer' | 'us';

/**
 * What went wrong with an attempt, before it becomes an error in a caller's hands.
 * One lost connection is one failure, shared by every call that it carried.
 */
export interface Failure {
  readonly kind: FailureKind;
  readonly execution: Execution;
  readonly message: string;
  readonly verdict: Verdict;
  readonly endedBy: EndedBy;
  readonly reason?: UnavailableReason | undefined;
  /** First word of the server's reply. */
  readonly replyCode?: string | undefined;
  /** The server's reply, which belongs to one call and is handed out itself. */
  readonly reply?: Error | undefined;
  /** What the client or the network said; may be shared between calls. */
  readonly cause?: unknown;
  /** Set where a caller that forgot about the call must not be reminded by an unhandled rejection. */
  readonly forgettable?: boolean | undefined;
  /** Where a connection was tried that could not be made. */
  readonly address?: string | undefined;
  /** Milliseconds after which a refused call may be worth another try. */
  readonly retryAfterMs?: number | undefined;
}

type FailureFacts = Omit<Failure, 'verdict' | 'endedBy'> &
  Partial<Pick<Failure, 'verdict' | 'endedBy'>>;

/** Completes the facts of a failure with the verdict of its kind; by default it was ended by us. */
export function failure(facts: FailureFacts): Failure {
  return {
    verdict: (facts.reason && REASON_VERDICTS[facts.reason]) ?? VERDICTS[facts.kind],
    endedBy: 'us',
    ...facts,
  };
}

/** What a call on a closed client gets; the client's own words, which packages compare. */
export const CLOSED: Failure = failure({
  kind: 'closed',
  execution: 'not-sent',
  message: 'The client is closed',
});

/** The same failure for others than the call that got the reply: it belongs to that one, and is their cause only. */
export function withoutReply(original: Failure): Failure {
  const { reply, cause } = original;
  return { ...original, reply: undefined, cause: reply ?? cause };
}

/** The same failure as it concerns calls that never left the wrapper. */
export function notSent(original: Failure): Failure {
  const { execution } = original;
  return {
    ...withoutReply(original),
    execution: execution === 'unknown' ? 'not-sent' : execution,
  };
}

/** The same failure as it concerns calls that waited for it to pass: long enough for any further attempt. */
export function waitedInVain(original: Failure): Failure {
  return notSent({ ...original, verdict: { ...original.verdict, retry: 'never' } });
}

const CERTAINTY: Readonly<Record<Execution, number>> = {
  'not-sent': 0,
  'not-executed': 1,
  unknown: 2,
  executed: 3,
};

/** What several attempts of one call amount to: the most that may have happened in any of them. */
export function worstExecution(a: Execution, b: Execution): Execution {
  return CERTAINTY[a] >= CERTAINTY[b] ? a : b;
}
