import { faultNamed } from '../../test/faults/catalogue/index.ts';
import type { Lane } from './lane.ts';

/** Something that goes wrong between a client and its server for a while. */
export interface Fault {
  readonly name: string;
  begin(lane: Lane): unknown;
  end(lane: Lane): unknown;
  /** A fault that is never undone is left by the client's own doing. */
  readonly recoveryFrom: 'begin' | 'end';
}

/** What both clients go through, in this order: six faults of the matrix that the tests run. */
export const faults: readonly Fault[] = [
  shown('server killed', 'server killed, back after 3 s'),
  shown('server frozen', 'server frozen (SIGSTOP)'),
  shown('replies lost, then cut', 'replies lost for 3 s, then cut'),
  shown('password changed', 'password changed and connections killed'),
  shown('connections reset', 'reset every 0.3 s'),
  // The last one: the bare client never leaves that connection, and would carry it into the next fault.
  shown('connection dead', 'connection dead, new ones fine'),
];

function shown(name: string, inMatrix: string): Fault {
  const fault = faultNamed(inMatrix);
  return {
    name,
    begin: (lane) => fault.begin(lane),
    end: (lane) => fault.end(lane),
    recoveryFrom: fault.owes.backFrom ?? 'end',
  };
}
