/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is below the length */

const CR = 13;
const LF = 10;
const PLUS = 43;
const MINUS = 45;
const ZERO = 48;

/** What of a payload waits for its end: redis 4 hands it over with its last byte, the others with the CR. */
const WITHHELD = 1 + 2;

const NOTHING = Buffer.alloc(0);

/** What a reply, or an item of one, begins with in RESP2 and RESP3. */
const TYPES = '+-:$*_,(#!=%~>|';

/** How the rest of the line reads for the rare types of RESP3: doubles, booleans and null. */
const TEXTS: Readonly<Record<string, RegExp>> = {
  ',': /^[+-]?(inf|nan|\d+(\.\d*)?(e[+-]?\d+)?)$/i,
  '#': /^[tf]$/,
  _: /^$/,
};

/**
 * Follows the replies on one connection and passes on what can be decoded. The clients' own decoders
 * look at neither the digits of a number nor the end of a payload: a damaged value reaches its caller
 * before they notice, if they do.
 */
export class ReplyStream {
  /** Received and not passed on: less than a line, or the end of a payload. */
  #withheld: Buffer = NOTHING;
  /** How much of a payload is to come, the line end behind it included. */
  #payload = 0;

  /**
   * Takes what was received and returns what may be decoded.
   * @throws Error where it is no reply
   */
  next(chunk: Buffer): Buffer {
    const bytes = this.#withheld.length > 0 ? Buffer.concat([this.#withheld, chunk]) : chunk;
    let end = 0;
    for (let next = this.#step(bytes, 0); next > end; next = this.#step(bytes, end)) end = next;
    const isWhole = end === bytes.length;
    this.#withheld = isWhole ? NOTHING : bytes.subarray(end);
    return isWhole ? bytes : bytes.subarray(0, end);
  }

  /** Where the line or the piece of payload that begins at `start` ends; `start` while that is not seen. */
  #step(bytes: Buffer, start: number): number {
    if (start === bytes.length) return start;
    return this.#payload > 0 ? this.#passPayload(bytes, start) : this.#passLine(bytes, start);
  }

  #passPayload(bytes: Buffer, start: number): number {
    const end = start + this.#payload;
    if (end > bytes.length) {
      const next = Math.max(start, Math.min(bytes.length, end - WITHHELD));
      this.#payload = end - next;
      return next;
    }
    if (bytes[end - 2] !== CR || bytes[end - 1] !== LF) throw new Error('A payload without an end');
    this.#payload = 0;
    return end;
  }

  #passLine(bytes: Buffer, start: number): number {
    const type = String.fromCharCode(bytes[start]!);
    if (!TYPES.includes(type)) throw new Error('A reply of no type');
    let end = start + 1;
    while (end < bytes.length && bytes[end] !== CR) end++;
    if (end + 1 >= bytes.length) return start;
    if (bytes[end + 1] !== LF) throw new Error('A line without an end');
    this.#payload = payloadOf(type, bytes, start + 1, end);
    return end + 2;
  }
}

/** How much of a payload follows a line, its line end included. @throws Error where the line is damaged */
function payloadOf(type: string, bytes: Buffer, start: number, end: number): number {
  switch (type) {
    // Modules have sent errors with a bare line feed in them, and every client reads on to the line end.
    case '+':
    case '-':
      return 0;
    case '$':
    case '=':
    case '!':
      return isNull(bytes, start, end) ? 0 : digits(bytes, start, end) + 2;
    case ':':
    case '(':
      digits(bytes, bytes[start] === MINUS || bytes[start] === PLUS ? start + 1 : start, end);
      return 0;
    case ',':
    case '#':
    case '_':
      if (!TEXTS[type]!.test(bytes.toString('latin1', start, end)))
        throw new Error('A value of no type');
      return 0;
    default:
      if (!isNull(bytes, start, end)) digits(bytes, start, end);
      return 0;
  }
}

/** RESP2 writes null as a payload, or an array, of length -1. */
function isNull(bytes: Buffer, start: number, end: number): boolean {
  return end - start === 2 && bytes[start] === MINUS && bytes[start + 1] === ZERO + 1;
}

function digits(bytes: Buffer, start: number, end: number): number {
  if (start === end) throw new Error('A number without digits');
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (!(digit >= 0 && digit <= 9)) throw new Error('A number of more than digits');
    value = value * 10 + digit;
  }
  return value;
}
