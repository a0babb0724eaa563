import { isNetworkError } from './classify.ts';
import { looksLikeReply, replyCodeOf } from './replies.ts';

/** The most errors that are told of one failure. */
const MOST = 8;

/**
 * The errors behind a failure as flat texts, outermost first: loggers print a nested Error as `{}`.
 * Only the network's own words are repeated; of a reply, which may quote keys and values, the code is
 * told, and of anything else its name. What `message` says already is left out.
 */
export function causesOf(cause: unknown, message: string): readonly string[] {
  const found = new Set<Error>();
  const pending = [cause];
  while (pending.length > 0 && found.size < MOST) {
    const error = pending.shift();
    if (!(error instanceof Error) || found.has(error)) continue;
    found.add(error);
    if (error instanceof AggregateError) pending.push(...(error.errors as unknown[]));
    pending.push(error.cause);
  }
  const untold = [...found].filter(
    (error) => error.message === '' || !message.includes(error.message),
  );
  return [...new Set(untold.map(textOf))];
}

function textOf(error: Error): string {
  const { message, name } = error;
  if (isNetworkError(error)) {
    const { code = name } = error as NodeJS.ErrnoException;
    return message.includes(code) ? message : `${code} ${message}`.trim();
  }
  return looksLikeReply(message) ? replyCodeOf(message) : name;
}
