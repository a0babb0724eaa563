import { FaultProxy } from '../../test/support/fault-proxy.ts';
import { PASSWORD as password } from '../../test/faults/catalogue/server.ts';
import { DURABLE } from '../../test/support/redis-server-options.ts';
import { RedisServer } from '../../test/support/redis-server.ts';
import { presetKeys } from '../../test/support/workload-audit.ts';
import { SubjectProcess } from '../../test/support/subject-process.ts';
import { CircuitHistory } from './circuit.ts';

/** The same client, as it is and wrapped. */
export const clients = ['bare', 'wrapped'] as const;

/** One of them. */
export type ClientKind = (typeof clients)[number];

/** One client in a process of its own, behind a proxy of its own, in front of a server of its own. */
export interface Lane {
  readonly client: ClientKind;
  /** Of node-redis. */
  readonly major: number;
  readonly server: RedisServer;
  readonly proxy: FaultProxy;
  readonly subject: SubjectProcess;
  readonly circuit: CircuitHistory;
}

/** How many calls each client is given. */
export const ratePerSecond = 200;

/** What a lane is started with. */
export interface LaneOptions {
  readonly client: ClientKind;
  readonly major: number;
  /** How many calls its client is given at most. */
  readonly maxCalls: number;
}

/** Starts a lane and resolves when its client is connected; what was begun is handed to `owned`. */
export async function startLane(
  { client, major, maxCalls }: LaneOptions,
  owned: (stop: () => unknown) => void,
): Promise<Lane> {
  // An acknowledged write that is gone after a kill is then the client's fault, never the server's.
  const server = await RedisServer.start({ password, args: [...DURABLE] });
  owned(() => server.stop());
  await presetKeys(server, client, maxCalls);
  const proxy = await FaultProxy.start(server.port);
  owned(() => {
    proxy.stop();
  });
  const { port } = proxy;
  const order = { client, owner: client, major, port, password, ratePerSecond, maxCalls };
  const subject = new SubjectProcess({ type: 'connect', ...order });
  owned(() => {
    subject.kill();
  });
  await subject.connected();
  return { client, major, server, proxy, subject, circuit: new CircuitHistory(subject) };
}
