import { RedisServer } from '../support/redis-server.ts';
import { measureApart } from './apart.ts';
import type { SteadyTask } from './steady-process.ts';

/** What a client under steady load held at one moment. */
export interface Sample {
  readonly afterS: number;
  readonly calls: number;
  readonly heapBytes: number;
  /** Sockets, timers and the like that the event loop knows. */
  readonly handles: number;
}

/** Keeps a wrapped client busy, and looks now and then at what it holds. */
export async function measureSteady(variant: string, minutes: number): Promise<Sample[]> {
  const server = await RedisServer.start();
  await server.must('SET', 'key', 'value');
  const forMs = minutes * 60_000;
  const task: SteadyTask = { variant, port: server.port, forMs };
  const samples = await measureApart<Sample[]>('steady-process.ts', task, forMs + 60_000);
  await server.stop();
  if (!samples) throw new Error('The process did not answer');
  return samples;
}
