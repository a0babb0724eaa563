import { describe, expect, it } from 'vitest';
import { ReplyStream } from '../../../src/connection/reply-stream.ts';

/** What is passed on of each chunk. */
function passedOn(...chunks: string[]): string[] {
  const stream = new ReplyStream();
  return chunks.map((chunk) => stream.next(Buffer.from(chunk)).toString());
}

const REPLIES = [
  ...['+OK\r\n', '+\r\n', '-ERR no\r\n', '-ERR of a module\nin two lines\r\n'],
  ...[
    ':0\r\n',
    ':-1\r\n',
    ':+12\r\n',
    ':1234567890\r\n',
    '$21\r\nmore than nine bytes.\r\n',
    '$5\r\nhello\r\n',
    '$2\r\n\r\n\r\n',
    '$0\r\n\r\n',
    '$-1\r\n',
  ],
  ...['*0\r\n', '*-1\r\n', '*2\r\n*1\r\n:1\r\n$-1\r\n', '_\r\n', '#t\r\n', '#f\r\n', '(-123\r\n'],
  ...[',1.5\r\n', ',-1e-10\r\n', ',10\r\n', ',inf\r\n', ',-inf\r\n', ',nan\r\n', ',-nan\r\n'],
  ...['!5\r\nERR x\r\n', '=6\r\ntxt:ab\r\n', '~1\r\n:1\r\n', '%1\r\n+a\r\n:1\r\n'],
  ...['>2\r\n+invalidate\r\n*1\r\n$1\r\nk\r\n', '|1\r\n+ttl\r\n:1\r\n+OK\r\n'],
];

describe('ReplyStream', () => {
  it.for(REPLIES)('passes %j on', (reply) => {
    expect(passedOn(reply)).toEqual([reply]);
  });

  it.for(REPLIES)('passes %j on, byte by byte', (reply) => {
    expect(passedOn(...Array.from(reply)).join('')).toBe(reply);
  });

  it.for([
    ...['@', '\r\n', 'OK\r\n', ' +OK\r\n', '\0', '$2\r\nlonger\r\n', '$6\r\nshort\r\n+OK\r\n'],
    ...['+OK\r+OK\r\n', '$1\r$1\r\na\r\n', ':\r\n', ':1a\r\n', ':--1\r\n', ':1.5\r\n', '(1e9\r\n'],
    ...['$1\r\naX\n', '$1\r\na\rX', '+OK\rX+OK\r\n', '$-12\r\n'],
    ...['$\r\n', '$-2\r\n', '$+1\r\na\r\n', '$1x\r\na\r\n', '*\r\n', '*-2\r\n', '%x\r\n'],
    ...['#\r\n', '#true\r\n', '_x\r\n', ',\r\n', ',1.2.3\r\n', ',one\r\n'],
  ])('refuses %j, in one piece or byte by byte', (damaged) => {
    expect(() => passedOn(damaged)).toThrow();
    expect(() => passedOn(...Array.from(damaged))).toThrow();
  });

  it('passes a long payload on as it comes, but for its last byte until the end is seen', () => {
    expect(passedOn('$5\r\n', 'he', 'llo', '\r', '\n')).toEqual([
      '$5\r\n',
      'he',
      'll',
      '',
      'o\r\n',
    ]);
  });

  it('passes no number on before the end of its line is seen', () => {
    expect(passedOn(':1', '2', '\r', '\n:3\r\n')).toEqual(['', '', '', ':12\r\n:3\r\n']);
  });

  it('passes nothing of a chunk on that is damaged further on', () => {
    const stream = new ReplyStream();
    expect(() => stream.next(Buffer.from('+OK\r\n@'))).toThrow('no type');
  });
});
