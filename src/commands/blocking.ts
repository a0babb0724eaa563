import { commandName, numberAt, wordAt, type Wire } from './wire.ts';

type TimeoutMs = (wire: Wire) => number | undefined;

const TIMEOUTS: ReadonlyMap<string, TimeoutMs> = new Map([
  ...['BLPOP', 'BRPOP', 'BZPOPMAX', 'BZPOPMIN', 'BLMOVE', 'BRPOPLPUSH'].map(
    (name): [string, TimeoutMs] => [name, (wire) => timeoutAt(wire, wire.length - 1, 1000)],
  ),
  ['BLMPOP', (wire) => timeoutAt(wire, 1, 1000)],
  ['BZMPOP', (wire) => timeoutAt(wire, 1, 1000)],
  // Options may follow the timeout.
  ['BLMOVEM', (wire) => timeoutAt(wire, 5, 1000)],
  ['XREAD', (wire) => blockOption(wire, 1)],
  // A group or a consumer may be called BLOCK.
  ['XREADGROUP', (wire) => blockOption(wire, 4)],
  ['TS.READ', (wire) => blockOption(wire, 3)],
  ['WAIT', (wire) => timeoutAt(wire, 2, 1)],
  ['WAITAOF', (wire) => timeoutAt(wire, 3, 1)],
]);

/** The commands that can block by a timeout of their own; whether they do, their arguments decide. */
export const POSSIBLY_BLOCKING: ReadonlySet<string> = new Set(TIMEOUTS.keys());

/**
 * How long a command may hold its connection by its own timeout, in ms: Infinity where it waits for ever,
 * undefined where it does not block.
 */
export function blockingTimeoutMs(wire: Wire): number | undefined {
  return TIMEOUTS.get(commandName(wire))?.(wire);
}

function timeoutAt(wire: Wire, index: number, unitMs: number): number | undefined {
  const timeout = numberAt(wire, index);
  // Redis answers a timeout that is no number, or negative, with an error at once.
  if (timeout === undefined || timeout < 0) return undefined;
  return timeout === 0 ? Infinity : timeout * unitMs;
}

function blockOption(wire: Wire, from: number): number | undefined {
  for (let index = from; index < wire.length; index++) {
    const word = wordAt(wire, index);
    if (word === 'BLOCK') return timeoutAt(wire, index + 1, 1);
    if (word === 'STREAMS') return undefined;
  }
  return undefined;
}
