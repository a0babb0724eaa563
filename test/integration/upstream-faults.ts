/** What a program in examples/upstream shows of node-redis, and what the library does about it. */
export interface UpstreamFault {
  readonly program: string;
  /** The majors that have it. */
  readonly majors: readonly number[];
  /** What the program prints. */
  readonly bare: string;
  readonly wrapped: string;
}

const noSecondUse = 'a lost connection is never used again, a fresh client takes its place';
const beforeDecoding = 'the connection is ended before the client decodes the bytes';

/** The faults of node-redis that are shown without this library. */
export const UPSTREAM_FAULTS: readonly UpstreamFault[] = [
  {
    program: 'abort-after-write',
    majors: [4],
    bare: 'what was executed is called aborted; without an offline queue, the next disconnect ends the process',
    wrapped: 'follows the signal itself and says what may have been executed',
  },
  {
    program: 'cluster-dead-master',
    majors: [4, 5],
    bare: 'calls hang although a replica serves their slot',
    wrapped: 'asks the other nodes and goes to the replica',
  },
  {
    program: 'cut-reply',
    majors: [4],
    bare: 'a GET is answered with the values of other keys, other calls hang',
    wrapped: noSecondUse,
  },
  {
    program: 'dead-socket-write',
    majors: [5],
    bare: 'every call gets the reply of the next one',
    wrapped: noSecondUse,
  },
  {
    program: 'reply-too-many',
    majors: [4],
    bare: 'the process ends with an uncaught TypeError',
    wrapped: beforeDecoding,
  },
  {
    program: 'silent-handshake',
    majors: [4, 5, 6],
    bare: 'connect() is pending after 5 times its timeout',
    wrapped: '`connection.connectMs` includes the handshake, and then it tries again',
  },
  {
    program: 'socket-timeout',
    majors: [5, 6],
    bare: 'a healthy idle client is closed for good, a dead connection in use is kept',
    wrapped: '`connection.silenceMs` runs while a reply is owed, whatever is written',
  },
  {
    program: 'undecodable-reply',
    majors: [4],
    bare: 'the connection is kept, every call hangs',
    wrapped: beforeDecoding,
  },
  {
    program: 'undecodable-reply',
    majors: [5, 6],
    bare: 'the connection is kept, every call gets the reply of the next one',
    wrapped: beforeDecoding,
  },
];
