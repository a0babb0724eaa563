import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { exchange } from './raw-connection.ts';
import type { ExchangeOptions, Reply } from './raw-connection.ts';
import { serverArgs } from './redis-server-options.ts';
import type { RedisServerOptions } from './redis-server-options.ts';
import { textOf } from './resp.ts';
import type { ReplyValue } from './resp.ts';
import { AddressInUse, ServerProcess } from './server-process.ts';
import { until } from './until.ts';

export type { RedisServerOptions };

const startAttempts = 5;
const restartAttempts = 20;
const restartPauseMs = 50;

/** A real redis-server of the test's own, on loopback and without persistence. */
export class RedisServer {
  readonly port: number;
  /** Where the nodes of a cluster talk to each other. */
  readonly busPort: number | undefined;
  /** What `command` authenticates with; set it when a test changes the server's password. */
  password: string | undefined;
  readonly #options: RedisServerOptions;
  readonly #dir: string;
  #process: ServerProcess | undefined;

  private constructor(port: number, busPort: number | undefined, options: RedisServerOptions) {
    this.port = port;
    this.busPort = busPort;
    this.password = options.password;
    this.#options = options;
    this.#dir = options.dir ?? mkdtempSync(join(tmpdir(), 'redis-server-'));
  }

  /** Starts a server and resolves when it answers; a replica, when it is in sync. */
  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    for (let attempt = 1; ; attempt++) {
      const busPort = options.cluster && (await freePort());
      const server = new RedisServer(options.port ?? (await freePort()), busPort, options);
      try {
        await server.#run();
        if (options.replicaOf !== undefined) await server.inSync();
        return server;
      } catch (error) {
        await server.stop();
        const another = options.port === undefined && attempt < startAttempts;
        if (!(error instanceof AddressInUse && another)) throw error;
      }
    }
  }

  get url(): string {
    return `${this.#options.tls ? 'rediss' : 'redis'}://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    if (!this.#process) throw new Error('the server is stopped');
    return this.#process.pid;
  }

  /** Whether there is a process, frozen or not. */
  get isRunning(): boolean {
    return this.#process?.isRunning ?? false;
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

  /** Runs a command that must answer OK. */
  async must(...args: string[]): Promise<void> {
    const reply = await this.command(...args);
    if (reply !== '+OK\r\n') throw new Error(`${args.join(' ')} answered ${reply}`);
  }

  /** Runs many commands in one pipeline and returns what they answered. */
  async pipeline(
    commands: readonly (readonly string[])[],
    timeoutMs?: number,
  ): Promise<ReplyValue[]> {
    return (await this.#exchange(commands, timeoutMs)).map(({ value }) => value);
  }

  /** The fields of a section of INFO; bounded, since a frozen server answers nothing. */
  async info(section: string, timeoutMs = 1_000): Promise<Record<string, string>> {
    const [report] = await this.pipeline([['INFO', section]], timeoutMs);
    return fieldsOf(textOf(report));
  }

  /** Resolves when this replica holds what its master holds. */
  async inSync(): Promise<void> {
    await until(`the replica on port ${this.port} is in sync`, async () => {
      return (await this.info('replication'))['master_link_status'] === 'up';
    });
  }

  /** Resolves when the server has its data in memory. */
  async loaded(): Promise<void> {
    await until(`the server on port ${this.port} has loaded its data`, async () => {
      return (await this.info('persistence'))['loading'] === '0';
    });
  }

  /** What it speaks TLS with, if it does. */
  get tls(): ExchangeOptions['tls'] {
    return this.#options.tls?.certificate;
  }

  async #exchange(commands: readonly (readonly string[])[], timeoutMs?: number): Promise<Reply[]> {
    const options = { tls: this.tls, ...(timeoutMs !== undefined && { timeoutMs }) };
    if (this.password === undefined) return exchange(this.port, commands, options);
    const auth = ['AUTH', this.password];
    return (await exchange(this.port, [auth, ...commands], options)).slice(1);
  }

  async #run(): Promise<void> {
    const place = { port: this.port, busPort: this.busPort, dir: this.#dir };
    const args = serverArgs(place, this.#options);
    this.#process = await ServerProcess.start(this.port, args, this.tls);
  }
}

/** The `name:value` lines of a server's report. */
export function fieldsOf(report: string): Record<string, string> {
  const lines = report.split('\r\n').filter((line) => line.includes(':'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  );
}
