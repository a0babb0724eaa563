import { fork, type ChildProcess } from 'node:child_process';
import { median } from './statistics.ts';
import type { TelemetryTask } from './telemetry-process.ts';

/** What watches the calls of a client. */
export type Watch = 'nothing' | 'metrics' | 'traces' | 'a span by hand';

/** A way to be watched, within the trace of a request. */
export interface Watched {
  readonly by: Watch;
  readonly isSampled: boolean;
}

/** What one of them took per call. */
export interface TelemetryCost extends Watched {
  readonly cpuUs: number;
  /** CPU beyond that of a client in such a trace that nothing watches. */
  readonly addedCpuUs: number;
}

const WAYS: readonly Watched[] = [
  { by: 'nothing', isSampled: false },
  { by: 'metrics', isSampled: false },
  { by: 'traces', isSampled: false },
  { by: 'nothing', isSampled: true },
  { by: 'traces', isSampled: true },
  { by: 'a span by hand', isSampled: true },
];

/** How often it is measured anew: now and then V8 optimizes a whole process worse than others. */
const TURNS = 3;

/** Measures each way in processes of its own: a program has all of its clients watched in one way. */
export async function measureTelemetry(port: number, rounds: number): Promise<TelemetryCost[]> {
  const turns: TelemetryCost[][] = [];
  for (let turn = 0; turn < TURNS; turn++) turns.push(await measureOnce(port, rounds));
  return WAYS.map((way, index) => {
    const found = turns.flatMap((costs) => costs[index] ?? []);
    return {
      ...way,
      cpuUs: median(found.map(({ cpuUs }) => cpuUs)),
      addedCpuUs: median(found.map(({ addedCpuUs }) => addedCpuUs)),
    };
  });
}

/** Measures all of them round by round, so that differences hold on a noisy machine. */
async function measureOnce(port: number, rounds: number): Promise<TelemetryCost[]> {
  const lanes = await Promise.all(
    WAYS.map(async (way) => {
      const process = await Measuring.start({ ...way, port });
      return { way, process, cpusUs: [] as number[] };
    }),
  );
  for (let round = 0; round < rounds; round++) {
    for (const { process, cpusUs } of lanes) cpusUs.push(await process.cpuUs());
  }
  for (const { process } of lanes) process.stop();
  return lanes.map(({ way, cpusUs }) => {
    const unwatched = lanes.find(
      (lane) => lane.way.by === 'nothing' && lane.way.isSampled === way.isSampled,
    );
    const added = cpusUs.map((own, round) => own - (unwatched?.cpusUs[round] ?? own));
    return { ...way, cpuUs: median(cpusUs), addedCpuUs: median(added) };
  });
}

/** A process that is kept busy whenever it is asked to. */
class Measuring {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(task: TelemetryTask): Promise<Measuring> {
    const file = new URL('telemetry-process.ts', import.meta.url);
    const execArgv = ['--import', 'tsx'];
    const measuring = new Measuring(fork(file, [JSON.stringify(task)], { execArgv }));
    await measuring.#answer();
    return measuring;
  }

  /** What a call takes in one slice. */
  async cpuUs(): Promise<number> {
    const answer = this.#answer();
    this.#child.send('slice');
    return answer;
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  #answer(): Promise<number> {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null) => {
        reject(new Error(`The process ended with ${code} before it answered`));
      };
      this.#child.once('exit', ended);
      this.#child.once('message', (cpuUs) => {
        this.#child.off('exit', ended);
        resolve(Number(cpuUs));
      });
    });
  }
}
