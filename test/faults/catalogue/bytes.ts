import { setTimeout as sleep } from 'node:timers/promises';
import { atNextAttempt, AWAY, once, soon, untilHealed, type Fault } from './fault.ts';

/** What becomes of the bytes of replies. */
export const BYTE_FAULTS: readonly Fault[] = [
  {
    name: 'replies lost for 0.3 s, then cut',
    at: 'network',
    begin: async ({ proxy }) => {
      proxy.swallowReplies();
      await sleep(300);
    },
    end: ({ proxy }) => {
      proxy.reset();
      proxy.restoreReplies();
    },
    lastsMs: 300,
    bare: 'hides executions',
    owes: {
      backWithinMs: soon,
      kinds: ['transport'],
      // What was executed and not answered is sent again only where that does no harm.
      unharmed: ['get', 'set'],
      circuitStaysClosed: true,
    },
  },
  {
    name: 'replies lost for 3 s, then cut',
    at: 'network',
    begin: ({ proxy }) => {
      proxy.swallowReplies();
    },
    end: ({ proxy }) => {
      proxy.reset();
      proxy.restoreReplies();
    },
    bare: 'hides executions',
    owes: { backWithinMs: atNextAttempt, kinds: AWAY },
  },
  {
    name: 'every connection closed after 677 bytes of replies',
    at: 'network',
    ...untilHealed((proxy) => {
      proxy.cutAfter(677, { how: 'end', newLinks: true });
    }),
    // Redis 4 also gives callers the rest of a value that was cut; how many is a matter of where it was.
    bare: 'fails calls',
    owes: { backWithinMs: atNextAttempt, kinds: AWAY },
  },
  {
    name: 'one byte that cannot be decoded',
    at: 'network',
    ...once((proxy) => {
      proxy.inject('@');
    }),
    lastsMs: 1_000,
    bare: { 4: 'hangs', 5: 'wrong replies', 6: 'wrong replies' },
    owes: {
      backFrom: 'begin',
      backWithinMs: soon,
      kinds: ['transport'],
      lostConnections: 1,
    },
  },
  {
    name: 'one reply too many',
    at: 'network',
    ...once((proxy) => {
      proxy.inject('+OK\r\n');
    }),
    lastsMs: 1_000,
    bare: { 4: 'ends the process', 5: 'none', 6: 'none' },
    owes: {
      backFrom: 'begin',
      backWithinMs: soon,
      kinds: ['transport'],
      lostConnections: 1,
      shifted: true,
    },
  },
];
