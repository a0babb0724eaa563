import type { ReplayClass } from './replay-class.ts';
import { indexOfWord, numberAt, recurs, wordAt, type Wire } from './wire.ts';

// Each rule accepts the options it knows and calls the rest unsafe: a newer server may have more of them.

const EXPIRIES = ['EX', 'PX', 'EXAT', 'PXAT'];
const SCORE = /^[+-]?(\.?\d|INF)/;

/** NX, XX, GET and the IF... options speak of the value before; expiries do not. */
export function setClass(wire: Wire): ReplayClass {
  return onlyExpiries(wire, 3) ? 'same-reply' : 'unsafe';
}

/** As SET; the options follow as many pairs as the first argument says. */
export function msetexClass(wire: Wire): ReplayClass {
  const pairs = numberAt(wire, 1);
  return pairs !== undefined && onlyExpiries(wire, 2 + 2 * pairs) ? 'same-reply' : 'unsafe';
}

/** As SET, with FNX and FXX; the options may stand on either side of the fields. */
export function hsetexClass(wire: Wire): ReplayClass {
  const at = indexOfWord(wire, ['FIELDS'], 2);
  const pairs = numberAt(wire, at + 1);
  if (at < 0 || pairs === undefined) return 'unsafe';
  const plain = onlyExpiries(wire, 2, at) && onlyExpiries(wire, at + 2 + 2 * pairs);
  return plain ? 'same-reply' : 'unsafe';
}

/** A read, until an option moves the expiry; one in the past deletes, so the reply may change. */
export function getexClass(wire: Wire): ReplayClass {
  return wire.length === 2 ? 'read' : 'same-state';
}

/** As GETEX, per field. */
export function hgetexClass(wire: Wire): ReplayClass {
  const fields = numberAt(wire, 3);
  return wordAt(wire, 2) === 'FIELDS' && wire.length === 4 + (fields ?? NaN)
    ? 'read'
    : 'same-state';
}

/** NX, XX, GT and LT compare with the deadline before. */
export function expireClass(wire: Wire): ReplayClass {
  return wire.length > 3 ? 'unsafe' : 'same-state';
}

/** As EXPIRE; a condition stands before the fields. */
export function hexpireClass(wire: Wire): ReplayClass {
  return wordAt(wire, 3) === 'FIELDS' ? 'same-state' : 'unsafe';
}

/** A conditional delete tells whether the condition held, and that flips. */
export function delexClass(wire: Wire): ReplayClass {
  return wire.length > 2 ? 'unsafe' : 'same-state';
}

/** Without REPLACE the second run finds the target and copies nothing. */
export function copyClass(wire: Wire): ReplayClass {
  return indexOfWord(wire, ['REPLACE'], 3) < 0 ? 'unsafe' : 'same-reply';
}

/** Without REPLACE the second run fails with BUSYKEY. */
export function restoreClass(wire: Wire): ReplayClass {
  return indexOfWord(wire, ['REPLACE'], 4) < 0 ? 'unsafe' : 'same-reply';
}

/** An overwrite, unless the target, which stands at an index, is a source too. */
export function storeClass(target: number): (wire: Wire) => ReplayClass {
  return (wire) => (recurs(wire, target, target + 1) ? 'unsafe' : 'same-reply');
}

/** A read; with STORE an overwrite, unless it stores into the key that it read. */
export function storingClass(wire: Wire): ReplayClass {
  if (indexOfWord(wire, ['STORE', 'STOREDIST'], 2) < 0) return 'read';
  return recurs(wire, 1, 2) ? 'unsafe' : 'same-reply';
}

/** ZADD and GEOADD: INCR accumulates, NX, XX, GT and LT compare with the score before. */
export function addClass(wire: Wire): ReplayClass {
  const scores = wordAt(wire, 2) === 'CH' ? 3 : 2;
  return SCORE.test(wordAt(wire, scores)) ? 'same-state' : 'unsafe';
}

/** SET answers the old value, INCRBY accumulates. */
export function bitfieldClass(wire: Wire): ReplayClass {
  let replayClass: ReplayClass = 'read';
  for (let index = 2; index < wire.length;) {
    const operation = wordAt(wire, index);
    if (operation === 'GET') index += 3;
    else if (operation === 'OVERFLOW') index += 2;
    else if (operation === 'SET') {
      replayClass = 'same-state';
      index += 4;
    } else return 'unsafe';
  }
  return replayClass;
}

/** A count of 0 removes all that match; any other removes as many again. */
export function lremClass(wire: Wire): ReplayClass {
  return numberAt(wire, 2) === 0 ? 'same-state' : 'unsafe';
}

/** Keeping the first or the last n is stable; any other range is cut out of the first result again. */
export function ltrimClass(wire: Wire): ReplayClass {
  const start = numberAt(wire, 2);
  const end = numberAt(wire, 3);
  if (start === undefined || end === undefined) return 'unsafe';
  return (start === 0 && end >= 0) || (start <= 0 && end === -1) ? 'same-reply' : 'unsafe';
}

/** With IDMP or IDMPAUTO the server recognizes the second run and answers the ID of the first. */
export function xaddClass(wire: Wire): ReplayClass {
  let index = 2;
  while (['NOMKSTREAM', 'KEEPREF', 'DELREF', 'ACKED'].includes(wordAt(wire, index))) index++;
  return ['IDMP', 'IDMPAUTO'].includes(wordAt(wire, index)) ? 'same-reply' : 'unsafe';
}

function onlyExpiries(wire: Wire, from: number, to: number = wire.length): boolean {
  for (let index = from; index < to; index++) {
    const option = wordAt(wire, index);
    if (EXPIRIES.includes(option)) index++;
    else if (option !== 'KEEPTTL') return false;
  }
  return true;
}
