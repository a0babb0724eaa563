import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { ResilienceEvent } from 'redis-resilience';
import type { Call } from './workload-call.ts';
import type { ConnectOrder, News, Order } from './subject.ts';

const keptErrorText = 2_000;

/** The parent's end of a subject: what it was told of calls outlives a crash of the process. */
export class SubjectProcess {
  /** Called for what the wrapped client says of its circuit. */
  onEvent: (event: ResilienceEvent) => void = () => undefined;
  /** Called with the end of stderr when the process ends by itself. */
  onCrash: (errorText: string) => void = () => undefined;
  readonly #child: ChildProcess;
  readonly #calls = new Map<number, Call>();
  readonly #connected: Promise<void>;
  #errorText = '';
  #hasCrashed = false;
  #isStopping = false;

  constructor(order: ConnectOrder) {
    this.#child = fork(new URL('subject.ts', import.meta.url), {
      // Whoever runs this may read TypeScript by other means, which its children would not.
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errorText = (this.#errorText + text).slice(-keptErrorText);
    });
    this.#connected = new Promise((resolve, reject) => {
      this.#child.once('exit', () => {
        this.#noteExit();
        reject(new Error(`the ${order.client} client's process ended:\n${this.#errorText}`));
      });
      this.#child.on('message', (news: News) => {
        if (news.type === 'connected') resolve();
        else this.#hear(news);
      });
    });
    // Without a handler until `connected` is awaited, an early exit would end this process.
    this.#connected.catch(() => undefined);
    this.#tell(order);
  }

  /** Every call that it reported so far, in times of this process's `performance.now()`. */
  get calls(): readonly Call[] {
    return [...this.#calls.values()];
  }

  /** Whether the process ended without being told to. */
  get hasCrashed(): boolean {
    return this.#hasCrashed;
  }

  /** Resolves when the client is connected. */
  async connected(): Promise<void> {
    await this.#connected;
  }

  startTraffic(): void {
    this.#tell({ type: 'start' });
  }

  stopTraffic(): void {
    this.#tell({ type: 'stop' });
  }

  /** Keeps its event loop busy for so long. */
  stall(ms: number): void {
    this.#tell({ type: 'stall', ms });
  }

  /** Suspends the process: its sockets stay open and are not read. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  kill(): void {
    this.#isStopping = true;
    this.#child.kill('SIGKILL');
  }

  #tell(order: Order): void {
    if (this.#child.connected) this.#child.send(order);
  }

  #hear(news: Exclude<News, { type: 'connected' }>): void {
    if (news.type === 'event') this.onEvent(news.event);
    else for (const call of news.calls) this.#calls.set(call.index, onOwnClock(call));
  }

  #noteExit(): void {
    if (this.#isStopping) return;
    this.#hasCrashed = true;
    const now = performance.now();
    // Nobody waits for these any more: their callers are gone with the process.
    for (const call of this.#calls.values()) {
      if (call.outcome === 'pending') Object.assign(call, { outcome: 'failed', settledAt: now });
    }
    this.onCrash(this.#errorText);
  }
}

function onOwnClock(call: Call): Call {
  const { timeOrigin } = performance;
  const settledAt = call.settledAt === undefined ? {} : { settledAt: call.settledAt - timeOrigin };
  return { ...call, startedAt: call.startedAt - timeOrigin, ...settledAt };
}
