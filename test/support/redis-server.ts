import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { exchange } from './raw-connection.ts';
import type { Reply } from './raw-connection.ts';
import type { ReplyValue } from './resp.ts';
import { AddressInUse, ServerProcess } from './server-process.ts';

/** How a server is started. */
export interface RedisServerOptions {
  /** Added after the default arguments, so that they win. */
  args?: string[];
  port?: number;
  password?: string;
  /** A data directory to use instead of an own one; `stop` leaves it. */
  dir?: string;
}

const startAttempts = 5;
const restartAttempts = 20;
const restartPauseMs = 50;

/** A real redis-server of the test's own, on loopback and without persistence. */
export class RedisServer {
  readonly port: number;
  /** What `command` authenticates with; set it when a test changes the server's password. */
  password: string | undefined;
  readonly #options: RedisServerOptions;
  readonly #dir: string;
  #process: ServerProcess | undefined;

  private constructor(port: number, options: RedisServerOptions) {
    this.port = port;
    this.password = options.password;
    this.#options = options;
    this.#dir = options.dir ?? mkdtempSync(join(tmpdir(), 'redis-server-'));
  }

  /** Starts a server and resolves when it answers. */
  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    for (let attempt = 1; ; attempt++) {
      const server = new RedisServer(options.port ?? (await freePort()), options);
      try {
        await server.#run();
        return server;
      } catch (error) {
        await server.stop();
        const another = options.port === undefined && attempt < startAttempts;
        if (!(error instanceof AddressInUse && another)) throw error;
      }
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    if (!this.#process) throw new Error('the server is stopped');
    return this.#process.pid;
  }

  /** Kills the server without a goodbye. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** Runs the server again on the same port and data, killing it first where it still runs. */
  async restart(): Promise<void> {
    if (!this.#process) throw new Error('the server is stopped');
    await this.kill();
    this.password = this.#options.password;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#run();
        return;
      } catch (error) {
        if (!(error instanceof AddressInUse && attempt < restartAttempts)) throw error;
        await sleep(restartPauseMs);
      }
    }
  }

  /** Suspends the server: its connections stay open and nothing is answered. */
  async freeze(): Promise<void> {
    await this.#process?.freeze();
  }

  /** Lets a frozen server go on. */
  thaw(): void {
    this.#process?.thaw();
  }

  /** Ends the server for good and removes its data. */
  async stop(): Promise<void> {
    await this.kill();
    this.#process = undefined;
    if (this.#options.dir === undefined) rmSync(this.#dir, { recursive: true, force: true });
  }

  /** Runs one command over a connection of its own and returns the reply as it was sent. */
  async command(...args: string[]): Promise<string> {
    const [reply] = await this.#exchange([args]);
    return reply?.raw ?? '';
  }

  /** Runs many commands in one pipeline and returns what they answered. */
  async pipeline(commands: readonly (readonly string[])[]): Promise<ReplyValue[]> {
    return (await this.#exchange(commands)).map(({ value }) => value);
  }

  async #exchange(commands: readonly (readonly string[])[]): Promise<Reply[]> {
    if (this.password === undefined) return exchange(this.port, commands);
    const [, ...replies] = await exchange(this.port, [['AUTH', this.password], ...commands]);
    return replies;
  }

  async #run(): Promise<void> {
    const { args = [], password } = this.#options;
    this.#process = await ServerProcess.start(this.port, [
      ...['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#dir],
      ...['--save', '', '--appendonly', 'no', '--enable-debug-command', 'yes'],
      ...(password === undefined ? [] : ['--requirepass', password]),
      ...args,
    ]);
  }
}
