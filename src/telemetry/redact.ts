import { causesOf } from '../failures/causes.ts';
import { ERRORS } from '../failures/errors.ts';
import type { Failure } from '../failures/failure.ts';
import type { FailureSummary } from './events.ts';

/**
 * What may be told of a failure. A server may quote keys and values in its reply, so of a reply only
 * the code is told; credentials in a URL never reach a message of the network.
 */
export function summarize(failure: Failure): FailureSummary {
  const { kind, execution, reason, replyCode, message } = failure;
  const tellable = replyCode === undefined && kind !== 'unknown' && kind !== 'command';
  const causes = causesOf(failure.cause, tellable ? message : '');
  return {
    kind,
    execution,
    ...(reason && { reason }),
    code: replyCode ?? networkCode(failure.cause) ?? ERRORS[kind].code,
    ...(tellable && { message }),
    ...(causes.length > 0 && { causes }),
  };
}

function networkCode(cause: unknown): string | undefined {
  const { code } = (cause ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^[A-Z_]+$/.test(code) ? code : undefined;
}
