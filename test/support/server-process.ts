import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { boundCommand } from './bound-command.ts';
import { findRedisServer } from './find-redis-server.js';
import { isFree } from './free-port.ts';
import { answers } from './raw-connection.ts';
import type { ExchangeOptions } from './raw-connection.ts';

const readyWithinMs = 10_000;
const frozenWithinMs = 1_000;
const pollMs = 5;
const outputLimit = 10_000;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** The port was taken by somebody else. */
export class AddressInUse extends Error {}

/** One run of redis-server. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#closed = new Promise((resolve) => child.once('close', resolve));
  }

  /** Runs redis-server and resolves when it answers on the port. */
  static async start(
    port: number,
    args: string[],
    tls?: ExchangeOptions['tls'],
  ): Promise<ServerProcess> {
    const program = findRedisServer();
    if (!program) throw new Error('redis-server not found: install it or set REDIS_SERVER_BIN');
    // Another server on the port would answer in place of this one.
    if (!(await isFree(port))) throw new AddressInUse(`address already in use: port ${port}`);
    const [file, ...before] = boundCommand(program);
    const child = spawn(file, [...before, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    child.once('exit', () => running.delete(child));
    let output = '';
    const keep = (text: string) => (output = (output + text).slice(-outputLimit));
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    const server = new ServerProcess(child);
    if (await server.#becomesReady(port, tls)) return server;
    await server.kill();
    const reason = `redis-server did not get ready on port ${port}:\n${output}`;
    throw /address already in use/i.test(output) ? new AddressInUse(reason) : new Error(reason);
  }

  async #becomesReady(port: number, tls: ExchangeOptions['tls']): Promise<boolean> {
    const deadline = performance.now() + readyWithinMs;
    while (!this.#hasExited() && performance.now() < deadline) {
      if ((await answers(port, tls)) && !this.#hasExited()) return true;
      await sleep(pollMs);
    }
    return false;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isRunning(): boolean {
    return !this.#hasExited();
  }

  #hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Kills the process, frozen or not, and resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  /** Suspends the process and resolves when it really stands still. */
  async freeze(): Promise<void> {
    this.#child.kill('SIGSTOP');
    if (process.platform !== 'linux') return;
    const deadline = performance.now() + frozenWithinMs;
    while (processState(this.pid) !== 'T') {
      if (performance.now() > deadline) throw new Error(`process ${this.pid} did not freeze`);
      await sleep(1);
    }
  }

  /** Lets the process go on. */
  thaw(): void {
    this.#child.kill('SIGCONT');
  }
}

/** The kernel's letter for what the process does: R running, S sleeping, T stopped. */
function processState(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is a name in brackets that may hold blanks.
  return stat.slice(stat.lastIndexOf(')') + 2)[0];
}
