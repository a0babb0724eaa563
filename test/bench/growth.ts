import { RedisServer } from '../support/redis-server.ts';
import { measureApart } from './apart.ts';
import type { GrowthTask } from './growth-process.ts';

/** What grows with what a client is used for. */
export interface Growth {
  /** Heap per command, its promise included, its arguments not. */
  readonly bytesPerWaiting: number;
  readonly bytesPerInFlight: number;
  /** The same in the queue of a bare client. */
  readonly bytesPerWaitingBare: number;
  /** CPU of a GET, the same number in flight spread over so many clients. */
  readonly perClients: readonly { readonly clients: number; readonly cpuUs: number }[];
  readonly heapPerClient: number;
  readonly heapPerClientBare: number;
  readonly perViews: readonly { readonly views: number; readonly cpuUs: number }[];
  readonly perListeners: readonly { readonly listeners: number; readonly cpuUs: number }[];
}

const BOUND_MS = 60_000;

/** Measures in a process of its own, on which nothing else has left garbage. */
export async function measureGrowth(): Promise<Growth> {
  const server = await RedisServer.start();
  await server.must('SET', 'key', 'value');
  const task: GrowthTask = { variant: '', port: server.port, pid: server.pid };
  const grown = await measureApart<Growth>('growth-process.ts', task, BOUND_MS);
  await server.stop();
  if (!grown) throw new Error(`No answer within ${BOUND_MS} ms`);
  return grown;
}
