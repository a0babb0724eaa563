import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { decodeReply, encodeCommand, type ReplyValue } from './resp.ts';

/** A server as far as a connection to it needs it. */
interface Target {
  readonly port: number;
  readonly password: string | undefined;
}

class ControlConnectionEnded extends Error {}

/** A connection beside the client under test that stays open: for what one command each cannot do. */
export class ControlConnection {
  readonly #socket: Socket;
  readonly #waiting: {
    readonly resolve: (reply: ReplyValue) => void;
    readonly reject: (reason: Error) => void;
  }[] = [];
  /** Resolves when the connection has ended, by whomever. */
  readonly closed: Promise<unknown>;
  #bytes = Buffer.alloc(0);
  /** Told of replies that no command waits for: the lines of MONITOR. */
  onLine: (line: string) => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => socket.once('close', resolve));
    socket.once('close', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new ControlConnectionEnded());
    });
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      let start = 0;
      for (let reply = decodeReply(this.#bytes, 0); reply;) {
        start = reply.end;
        const waiting = this.#waiting.shift();
        if (waiting) waiting.resolve(reply.value);
        else if (typeof reply.value === 'string') this.onLine(reply.value);
        reply = decodeReply(this.#bytes, start);
      }
      this.#bytes = this.#bytes.subarray(start);
    });
  }

  /** Connects to a server in plain text, and authenticates where it asks for that. */
  static async open({ port, password }: Target): Promise<ControlConnection> {
    const socket = connect(port, '127.0.0.1');
    const control = new ControlConnection(socket);
    await once(socket, 'connect');
    if (password !== undefined) await control.send('AUTH', password);
    return control;
  }

  /** Sends a command; its reply, be it an error. Rejects where the connection ends first. */
  send(...args: string[]): Promise<ReplyValue> {
    if (this.#socket.destroyed) return Promise.reject(new ControlConnectionEnded());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#socket.write(encodeCommand(args));
    });
  }

  close(): void {
    this.#socket.destroy();
  }
}
