import type { CallKind } from '../../support/workload-call.ts';
import type { FaultProxy } from '../../support/fault-proxy.ts';
import type { RedisServer } from '../../support/redis-server.ts';

/** Where a fault is injected. */
export interface Scene {
  readonly server: RedisServer;
  readonly proxy: FaultProxy;
}

/** What the bare client does to its callers under a fault; each can be seen in the audit of its calls. */
export type Harm =
  /** Calls never settle, long after the fault. */
  | 'hangs'
  /** Calls are held for longer than the 1.5 s that a wrapped one may take in all. */
  | 'waits'
  /** Callers get values that are not theirs. */
  | 'wrong replies'
  /** Writes that were executed are reported as failed, with nothing that says so. */
  | 'hides executions'
  /** Calls fail that the wrapped client answers, or whose cause the error does not name. */
  | 'fails calls'
  | 'ends the process'
  /** Nothing that a wrapped client would do better. */
  | 'none';

/** The deadlines that a promise depends on, in milliseconds. */
export interface Deadlines {
  readonly attemptMs: number;
  readonly connectMs: number;
  readonly silenceMs: number;
  readonly maxDelayMs: number;
}

/** What the wrapped client owes its callers, beside what it owes them under every fault. */
export interface Promises {
  /** Longest time to the first success of a call issued since the fault's end, or its begin. */
  readonly backWithinMs: (deadlines: Deadlines) => number;
  readonly backFrom?: 'begin' | 'end';
  /** The only kinds of failure that a caller may see. */
  readonly kinds: readonly string[];
  /** Commands that are all answered, whatever the fault. */
  readonly unharmed?: readonly CallKind[];
  /** Least share of all calls that is answered, 0 to 1. */
  readonly answered?: number;
  /** No call fails that was not in flight when its connection was lost. */
  readonly onlyUnknown?: true;
  /** The circuit must not open. */
  readonly circuitStaysClosed?: true;
  /** Connections that are lost or replaced at most. */
  readonly lostConnections?: number;
  /** Calls may get a wrong reply until the connection is left: that damage cannot be seen from outside. */
  readonly shifted?: true;
}

/** A fault that begins, lasts and ends, and what clients make of it. */
export interface Fault {
  readonly name: string;
  begin(scene: Scene): unknown;
  end(scene: Scene): unknown;
  /** How long it lasts if not 3 s. */
  readonly lastsMs?: number;
  /** Whether it happens at the server, which clients then connect to without the proxy. */
  readonly at: 'server' | 'network';
  /** It is there before the first connection. */
  readonly fromTheStart?: true;
  /** Added to the server's arguments. */
  readonly args?: readonly string[];
  readonly bare: Harm | Readonly<Record<4 | 5 | 6, Harm>>;
  readonly owes: Promises;
}

/** Kinds that calls fail with while there is no connection, or none that answers. */
export const AWAY = ['transport', 'timeout', 'circuit-open'] as const;

/** Back as soon as the next attempt to connect is made. */
export const atNextAttempt = ({ maxDelayMs }: Deadlines): number => maxDelayMs;

/** Back at once. */
export const atOnce = (): number => 0;

/** Back with the next test of a circuit that is open while the connection lives. */
export const soon = (): number => 150;

/** Something that happens once and is not undone. */
export function once(act: (proxy: FaultProxy) => void): Pick<Fault, 'begin' | 'end'> {
  return {
    begin: ({ proxy }) => {
      act(proxy);
    },
    end: () => undefined,
  };
}

/** Conditions of the network that last until the proxy is healed. */
export function untilHealed(act: (proxy: FaultProxy) => void): Pick<Fault, 'begin' | 'end'> {
  return {
    ...once(act),
    end: ({ proxy }) => {
      proxy.heal();
    },
  };
}

/** Something done again and again while the fault lasts. */
export function every(ms: number, act: (scene: Scene) => unknown): Pick<Fault, 'begin' | 'end'> {
  const timers = new WeakMap<Scene, NodeJS.Timeout>();
  return {
    begin: (scene) => {
      const run = () => void act(scene);
      run();
      timers.set(scene, setInterval(run, ms).unref());
    },
    end: (scene) => {
      clearInterval(timers.get(scene));
    },
  };
}
