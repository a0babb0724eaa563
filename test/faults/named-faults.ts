import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultProxy } from '../support/fault-proxy.ts';
import type { RedisServer } from '../support/redis-server.ts';

/** Where a fault is injected. */
export interface Scene {
  readonly server: RedisServer;
  readonly proxy: FaultProxy;
}

/** A fault that begins, lasts and ends, and what the wrapped client owes under it. */
export interface Fault {
  readonly name: string;
  begin(scene: Scene): Promise<void> | void;
  end(scene: Scene): Promise<void> | void;
  /** Longest time from the fault's end to the first success of a call issued since. */
  readonly recoveryMs: number;
  /** Set where service must return although the fault goes on: longest time from its begin. */
  readonly returnsWithinMs?: number;
}

/** The faults of the demo, each as it is met in production. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'server killed and restarted',
    begin: ({ server }) => server.kill(),
    end: ({ server }) => server.restart(),
    recoveryMs: 650,
  },
  {
    name: 'server frozen',
    begin: ({ server }) => server.freeze(),
    end: ({ server }) => {
      server.thaw();
    },
    recoveryMs: 650,
  },
  {
    name: 'connection dead, new ones fine',
    begin: ({ proxy }) => {
      proxy.deadenExisting();
    },
    end: () => undefined,
    recoveryMs: 100,
    returnsWithinMs: 1_200,
  },
  {
    name: 'replies lost, then cut',
    begin: ({ proxy }) => {
      proxy.swallowReplies();
    },
    end: ({ proxy }) => {
      proxy.restoreReplies();
      proxy.reset();
    },
    recoveryMs: 650,
  },
  {
    name: 'password changed',
    begin: async ({ server }) => {
      await server.command('CONFIG', 'SET', 'requirepass', 'another');
      server.password = 'another';
      await server.command('CLIENT', 'KILL', 'TYPE', 'normal');
    },
    end: async ({ server }) => {
      await server.command('CONFIG', 'SET', 'requirepass', 'right');
      server.password = 'right';
    },
    recoveryMs: 650,
  },
  {
    name: 'every connection reset again and again',
    begin: async ({ proxy }) => {
      for (let count = 0; count < 10; count++) {
        proxy.reset();
        await sleep(250);
      }
    },
    end: () => undefined,
    recoveryMs: 650,
  },
];
