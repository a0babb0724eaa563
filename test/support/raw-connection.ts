import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { decodeReply, encodeCommand } from './resp.ts';
import type { ReplyValue } from './resp.ts';

/** A reply as the server sent it and what it says. */
export interface Reply {
  raw: string;
  value: ReplyValue;
}

/** How a connection is made: without `tls` in plain text. */
export interface ExchangeOptions {
  timeoutMs?: number;
  tls?: { cert: string; key: string } | undefined;
}

/** Sends the commands in one pipeline over a connection of its own and returns their replies. */
export function exchange(
  port: number,
  commands: readonly (readonly string[])[],
  { timeoutMs = 10_000, tls }: ExchangeOptions = {},
): Promise<Reply[]> {
  return new Promise((resolve, reject) => {
    const replies: Reply[] = [];
    let bytes = Buffer.alloc(0);
    const host = '127.0.0.1';
    // Not verified: a test may give its server a certificate that nobody would accept.
    const socket = tls
      ? connectTls({ port, host, ...tls, rejectUnauthorized: false })
      : connect(port, host);
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(timeoutMs, () => {
      fail(new Error(`no reply from port ${port} in ${timeoutMs} ms`));
    });
    socket.on('error', fail);
    socket.on('close', () => {
      reject(new Error(`port ${port} closed the connection before it had answered`));
    });
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      let start = 0;
      try {
        for (let reply = decodeReply(bytes, 0); reply; reply = decodeReply(bytes, start)) {
          replies.push({ raw: bytes.toString('utf8', start, reply.end), value: reply.value });
          start = reply.end;
        }
      } catch (error) {
        fail(error as Error);
        return;
      }
      bytes = bytes.subarray(start);
      if (replies.length < commands.length) return;
      socket.destroy();
      resolve(replies);
    });
    socket.write(commands.map(encodeCommand).join(''));
  });
}

/** Whether whatever listens on the port answers a PING with anything but that it is still loading. */
export function answers(port: number, tls?: ExchangeOptions['tls']): Promise<boolean> {
  return exchange(port, [['PING']], { timeoutMs: 500, tls }).then(
    ([reply]) => !reply?.raw.startsWith('-LOADING'),
    () => false,
  );
}
