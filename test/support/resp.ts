/** The value of a RESP2 reply; an error reply is a value too. */
export type ReplyValue = string | number | null | ReplyError | ReplyValue[];

/** An error reply. */
export interface ReplyError {
  error: string;
}

/** One decoded reply and where the next one begins. */
export interface Decoded {
  value: ReplyValue;
  end: number;
}

/** The text of a reply that must be one. */
export function textOf(value: ReplyValue | undefined): string {
  if (typeof value === 'string') return value;
  throw new Error(`no text but ${JSON.stringify(value)}`);
}

/** Encodes a command as RESP. */
export function encodeCommand(args: readonly string[]): string {
  const bulks = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`);
  return `*${args.length}\r\n${bulks.join('')}`;
}

/** Decodes the reply that begins at `start`, or nothing while it is incomplete. */
export function decodeReply(bytes: Buffer, start: number): Decoded | undefined {
  const lineEnd = bytes.indexOf('\r\n', start);
  if (lineEnd < 0) return undefined;
  const text = bytes.toString('utf8', start + 1, lineEnd);
  const end = lineEnd + 2;
  const type = String.fromCharCode(bytes[start] ?? 0);
  if (type === '+') return { value: text, end };
  if (type === '-') return { value: { error: text }, end };
  if (type === ':') return { value: Number(text), end };
  if (type === '$') return decodeBulk(bytes, end, Number(text));
  if (type === '*') return decodeArray(bytes, end, Number(text));
  throw new Error(`not a RESP2 reply: ${type}${text}`);
}

function decodeBulk(bytes: Buffer, start: number, length: number): Decoded | undefined {
  if (length < 0) return { value: null, end: start };
  const end = start + length + 2;
  if (bytes.length < end) return undefined;
  return { value: bytes.toString('utf8', start, end - 2), end };
}

function decodeArray(bytes: Buffer, start: number, length: number): Decoded | undefined {
  if (length < 0) return { value: null, end: start };
  const values: ReplyValue[] = [];
  let end = start;
  for (let index = 0; index < length; index++) {
    const item = decodeReply(bytes, end);
    if (!item) return undefined;
    values.push(item.value);
    end = item.end;
  }
  return { value: values, end };
}
