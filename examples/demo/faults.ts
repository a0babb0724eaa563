import { password } from './lane.ts';
import type { Lane } from './lane.ts';

/** Something that goes wrong between a client and its server for a while. */
export interface Fault {
  readonly name: string;
  begin(lane: Lane): unknown;
  end(lane: Lane): unknown;
  /** A fault that is never undone is left by the client's own doing. */
  readonly recoveryFrom: 'begin' | 'end';
}

const flapEveryMs = 300;
const otherPassword = 'second-password';
const flaps = new Map<Lane, NodeJS.Timeout>();

/** What both clients go through, in this order. */
export const faults: readonly Fault[] = [
  {
    name: 'server killed',
    recoveryFrom: 'end',
    begin: ({ server }) => server.kill(),
    end: ({ server }) => server.restart(),
  },
  {
    name: 'server frozen',
    recoveryFrom: 'end',
    begin: ({ server }) => server.freeze(),
    end: ({ server }) => {
      server.thaw();
    },
  },
  {
    name: 'replies lost, then cut',
    recoveryFrom: 'end',
    begin: ({ proxy }) => {
      proxy.swallowReplies();
    },
    end: ({ proxy }) => {
      proxy.reset();
      proxy.restoreReplies();
    },
  },
  {
    name: 'password changed',
    recoveryFrom: 'end',
    begin: (lane) => changePassword(lane, otherPassword),
    end: (lane) => changePassword(lane, password),
  },
  {
    name: 'connections reset',
    recoveryFrom: 'end',
    begin: (lane) => {
      lane.proxy.reset();
      const flap = setInterval(() => {
        lane.proxy.reset();
      }, flapEveryMs);
      flaps.set(lane, flap.unref());
    },
    end: (lane) => {
      clearInterval(flaps.get(lane));
      flaps.delete(lane);
    },
  },
  {
    // The last one: the bare client never leaves that connection, and would carry it into the next fault.
    name: 'connection dead',
    recoveryFrom: 'begin',
    begin: ({ proxy }) => {
      proxy.deadenExisting();
    },
    end: () => undefined,
  },
];

async function changePassword({ server }: Lane, to: string): Promise<void> {
  const change = ['CONFIG', 'SET', 'requirepass', to];
  // Without the kill, connections that have authenticated would not notice.
  const kill = ['CLIENT', 'KILL', 'TYPE', 'normal'];
  await server.pipeline(to === password ? [change] : [change, kill]);
  server.password = to;
}
