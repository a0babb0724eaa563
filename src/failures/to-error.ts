import { annotateReply, hideReplyText } from './annotate.ts';
import { ERRORS, type ErrorFacts } from './errors.ts';
import type { Failure } from './failure.ts';

/** What only the call knows of its failure. */
export type CallFacts = Pick<ErrorFacts, 'command' | 'attempts' | 'elapsedMs'>;

/**
 * Makes the error that a caller gets: the server's own reply, annotated, or an error of ours that
 * carries what the client said as its `cause`. Errors of the client are never changed: node-redis
 * rejects every call in flight with one and the same object.
 */
export function toError(
  failure: Failure,
  call: CallFacts,
  stackTraces = false,
): Error & ErrorFacts {
  const { kind, execution, reply, replyCode, reason, retryAfterMs, address } = failure;
  const { type, code } = ERRORS[kind];
  const { command, attempts, elapsedMs } = call;
  // Without spreads, each of which would cost as much as the error.
  const facts: ErrorFacts = {
    kind,
    code,
    execution,
    command,
    attempts,
    elapsedMs,
    reason,
    retryAfterMs,
    address,
  };
  if (reply) return annotateReply(reply, facts, replyCode ?? reply.name);

  const limit = Error.stackTraceLimit;
  if (!stackTraces) Error.stackTraceLimit = 0;
  const error = new type(failure.message, facts, failure.cause);
  Error.stackTraceLimit = limit;
  if (replyCode !== undefined) {
    hideReplyText(error, replyCode);
    if (error.cause instanceof Error) hideReplyText(error.cause, replyCode);
  }
  return error;
}
