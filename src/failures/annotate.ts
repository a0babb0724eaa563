import { inspect } from 'node:util';
import { ERRORS, factsOf, KIND, ResilienceError, type ErrorFacts } from './errors.ts';

/** Puts the facts of a failed call on the server's own reply, whose class and message stay. */
export function annotateReply(
  reply: Error,
  facts: ErrorFacts,
  replyCode: string,
): Error & ErrorFacts {
  for (const [name, value] of Object.entries(facts)) {
    if (value !== undefined) define(reply, name, value, true);
  }
  define(reply, KIND, facts.kind, false);
  hideReplyText(reply, replyCode);
  return reply as Error & ErrorFacts;
}

/**
 * Keeps what the server said out of an error's JSON form and of what `util.inspect` prints: a reply
 * can quote arguments (`unknown command 'X', with args beginning with: ...`). `message` stays.
 */
export function hideReplyText(error: Error, replyCode: string): void {
  const name = error instanceof ResilienceError ? ERRORS[error.kind].type.name : error.name;
  const summary = () => ({ name, reply: replyCode, ...factsOf(error) });
  define(error, 'toJSON', summary, false);
  define(
    error,
    inspect.custom,
    (_depth: number, options: object) => inspect(summary(), options),
    false,
  );
}

function define(target: object, name: PropertyKey, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, name, { value, enumerable, writable: true, configurable: true });
}
