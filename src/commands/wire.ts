import { CONTAINERS } from './containers.ts';

/** One argument as node-redis sends it; the client refuses anything else before sending. */
export type RedisArgument = string | Buffer;

/** A command as it goes over the wire, its name first; a subcommand is the second argument. */
export type Wire = readonly RedisArgument[];

// The charset of Redis' own names and of modules'; a longer or stranger word may be a misplaced value.
const COMMAND_NAME = /^[A-Z][A-Z0-9_.|-]{0,63}$/i;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(E[+-]?\d+)?$/;
const LONGEST_WORD = 64;

/**
 * The command's name in capitals, with its subcommand ('XGROUP CREATE') where Redis has one; never any
 * other argument, so that it may be logged. 'UNKNOWN' where the first word is no name.
 */
export function commandName(wire: Wire): string {
  if (!COMMAND_NAME.test(textAt(wire, 0))) return 'UNKNOWN';
  const name = wordAt(wire, 0);
  const subcommand = wordAt(wire, 1);
  return CONTAINERS.get(name)?.has(subcommand) ? `${name} ${subcommand}` : name;
}

/** An argument in capitals, as Redis compares options; empty where there is none or it is too long for one. */
export function wordAt(wire: Wire, index: number): string {
  return textAt(wire, index).toUpperCase();
}

/** An argument as a finite decimal number; undefined where it is none. */
export function numberAt(wire: Wire, index: number): number | undefined {
  const word = wordAt(wire, index);
  if (!DECIMAL.test(word)) return undefined;
  const number = Number(word);
  return Number.isFinite(number) ? number : undefined;
}

/** Where one of some options stands first, from an index on; -1 where none does. */
export function indexOfWord(wire: Wire, words: readonly string[], from: number): number {
  for (let index = from; index < wire.length; index++) {
    if (words.includes(wordAt(wire, index))) return index;
  }
  return -1;
}

/** Whether an argument occurs again from an index on, byte for byte, be it a string or a Buffer. */
export function recurs(wire: Wire, index: number, from: number): boolean {
  const bytes = bytesAt(wire, index);
  return wire.some((_, other) => other >= from && bytesAt(wire, other).equals(bytes));
}

/** An argument's bytes, whatever their number; none where there is no argument. */
export function bytesAt(wire: Wire, index: number): Buffer {
  const argument: unknown = wire[index];
  if (argument instanceof Uint8Array) return Buffer.from(argument);
  return Buffer.from(typeof argument === 'string' ? argument : '');
}

function textAt(wire: Wire, index: number): string {
  const argument: unknown = wire[index];
  if (typeof argument === 'string') return argument.length > LONGEST_WORD ? '' : argument;
  if (!(argument instanceof Uint8Array) || argument.length > LONGEST_WORD) return '';
  return bytesAt(wire, index).toString('latin1');
}
