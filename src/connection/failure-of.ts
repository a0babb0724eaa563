import { classify } from '../failures/classify.ts';
import type { Failure } from '../failures/failure.ts';
import type { Call } from '../pipeline/call.ts';

/** What the error that a client gave for a call says about it; `dispatched`: whether it may have been sent. */
export function failureOf({ operation, args }: Call, error: unknown, dispatched = true): Failure {
  const argumentsRefused = () => operation.wires(args).length === 0;
  return classify(error, { dispatched, script: operation.script, argumentsRefused });
}
