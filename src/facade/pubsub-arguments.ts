import { failure } from '../failures/failure.ts';
import { toError } from '../failures/to-error.ts';

/**
 * Refuses what no client can send as a channel: remembered, it would end each connection to come.
 * @throws CommandError
 */
export function assertChannels(method: string, channels: unknown): void {
  for (const channel of [channels].flat()) {
    if (typeof channel === 'string' || Buffer.isBuffer(channel)) continue;
    throw refusal(method, 'a channel must be a string or a Buffer', channel);
  }
}

/**
 * Refuses what cannot be called with a message: the client would blame the bytes that brought it.
 * @throws CommandError
 */
export function assertListener(method: string, listener: unknown): void {
  if (typeof listener === 'function') return;
  throw refusal(method, 'a listener must be a function', listener);
}

/** The same as where a client refuses the arguments of a command. */
function refusal(method: string, wanted: string, given: unknown): Error {
  const command = method.toUpperCase();
  const message = `Cannot send ${command}: ${wanted}, not ${given === null ? 'null' : typeof given}`;
  const cause = new TypeError(message);
  const reason = failure({ kind: 'command', execution: 'not-sent', message, cause });
  return toError(reason, { command, attempts: 0, elapsedMs: 0 });
}
