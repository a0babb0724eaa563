import { ResilienceError } from './errors.ts';
import { VERDICTS } from './kinds.ts';

/**
 * Whether an error says that Redis could not be asked, so that a caller may answer with a fallback.
 * A closed client counts only where it gave up by itself, which leaves the last failure as `cause`.
 */
export function isOutage(error: unknown): error is ResilienceError {
  if (!(error instanceof ResilienceError)) return false;
  return VERDICTS[error.kind].outage || (error.kind === 'closed' && error.cause !== undefined);
}
