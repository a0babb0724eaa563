/** A stream of replies taken apart. */
export interface Taken {
  /** The whole replies, each as it was sent. */
  readonly replies: readonly string[];
  /** Whether something follows that cannot be a reply, whatever may still come. */
  readonly isDamaged: boolean;
}

/** How the first line of each type reads in RESP2 and RESP3; a group is a length or a count. */
const LINES: Readonly<Record<string, RegExp>> = {
  '+': /\+[^\r]*\r\n/y,
  '-': /-[^\r]*\r\n/y,
  ':': /:[+-]?\d+\r\n/y,
  '(': /\([+-]?\d+\r\n/y,
  ',': /,[+-]?(?:inf|nan|\d+(?:\.\d*)?(?:e[+-]?\d+)?)\r\n/iy,
  '#': /#[tf]\r\n/y,
  _: /_\r\n/y,
  $: /\$(-1|\d+)\r\n/y,
  '!': /!(-1|\d+)\r\n/y,
  '=': /=(-1|\d+)\r\n/y,
  '*': /\*(-1|\d+)\r\n/y,
  '~': /~(-1|\d+)\r\n/y,
  '>': />(-1|\d+)\r\n/y,
  '%': /%(-1|\d+)\r\n/y,
  '|': /\|(-1|\d+)\r\n/y,
};

class Incomplete extends Error {}

/** Takes a stream apart by the letter of the protocol, which clients do not do. */
export function takeApart(bytes: Buffer): Taken {
  const text = bytes.toString('latin1');
  const replies: string[] = [];
  let start = 0;
  try {
    while (start < text.length) {
      const end = endOf(text, start);
      replies.push(text.slice(start, end));
      start = end;
    }
  } catch (error) {
    return { replies, isDamaged: !(error instanceof Incomplete) };
  }
  return { replies, isDamaged: false };
}

function endOf(text: string, start: number): number {
  const type = text[start];
  if (type === undefined) throw new Incomplete();
  const line = LINES[type];
  if (!line) throw new Error('no type');
  line.lastIndex = start;
  const match = line.exec(text);
  if (!match) {
    const lineEnd = text.indexOf('\r', start);
    if (lineEnd < 0 || lineEnd === text.length - 1) throw new Incomplete();
    throw new Error('no line');
  }
  const end = start + match[0].length;
  const size = Number(match[1] ?? 0);
  if (size < 1 && '$!='.includes(type) && match[1] !== '0') return end;
  if ('$!='.includes(type)) return endOfPayload(text, end + size);
  const pairs = '%|'.includes(type);
  // An attribute is followed by the reply that it belongs to.
  return endOfItems(text, end, size * (pairs ? 2 : 1) + (type === '|' ? 1 : 0));
}

function endOfPayload(text: string, end: number): number {
  const lineEnd = text.slice(end, end + 2);
  if (lineEnd === '\r\n') return end + 2;
  if ('\r\n'.startsWith(lineEnd)) throw new Incomplete();
  throw new Error('no end of a payload');
}

function endOfItems(text: string, start: number, count: number): number {
  let end = start;
  for (let item = 0; item < count; item++) end = endOf(text, end);
  return end;
}
