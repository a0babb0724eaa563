import {
  atNextAttempt,
  atOnce,
  AWAY,
  every,
  once,
  soon,
  untilHealed,
  type Fault,
} from './fault.ts';

/** The next connection is there at once; only an INCR that was in flight is lost with its connection. */
const CUT = {
  backWithinMs: atOnce,
  kinds: ['transport'],
  unharmed: ['get', 'set'],
  onlyUnknown: true,
  circuitStaysClosed: true,
} as const;

/** What the network does; all of it can be said with a proxy. */
export const NETWORK_FAULTS: readonly Fault[] = [
  {
    name: 'port refused',
    at: 'network',
    begin: ({ proxy }) => {
      proxy.down({ reset: true });
    },
    end: ({ proxy }) => proxy.up(),
    bare: 'waits',
    owes: { backWithinMs: atNextAttempt, kinds: AWAY },
  },
  {
    name: 'one reset',
    at: 'network',
    ...once((proxy) => {
      proxy.reset();
    }),
    lastsMs: 300,
    bare: 'none',
    owes: { ...CUT, lostConnections: 1 },
  },
  {
    name: 'one FIN',
    at: 'network',
    ...once((proxy) => {
      proxy.end();
    }),
    lastsMs: 300,
    bare: 'none',
    owes: { ...CUT, lostConnections: 1 },
  },
  {
    name: 'reset every 0.3 s',
    at: 'network',
    ...every(300, ({ proxy }) => {
      proxy.reset();
    }),
    bare: 'none',
    owes: CUT,
  },
  {
    name: 'every connection reset',
    at: 'network',
    ...untilHealed((proxy) => {
      proxy.resetAccept();
      proxy.reset();
    }),
    bare: 'waits',
    owes: { backWithinMs: atNextAttempt, kinds: AWAY },
  },
  {
    name: 'every connection reset within 5 ms',
    at: 'network',
    ...every(5, ({ proxy }) => {
      proxy.reset();
    }),
    bare: 'fails calls',
    owes: { backWithinMs: atNextAttempt, kinds: AWAY },
  },
  {
    name: 'all bytes held back',
    at: 'network',
    begin: ({ proxy }) => {
      proxy.stall();
    },
    end: ({ proxy }) => {
      proxy.release();
    },
    bare: 'waits',
    owes: { backWithinMs: soon, kinds: AWAY },
  },
  {
    name: 'connection dead, new ones fine',
    at: 'network',
    ...once((proxy) => {
      proxy.deadenExisting();
    }),
    bare: 'hangs',
    owes: {
      backFrom: 'begin',
      backWithinMs: ({ silenceMs, connectMs }) => silenceMs + connectMs / 2,
      kinds: AWAY,
    },
  },
  {
    name: 'black hole, old connections dead for good',
    at: 'network',
    ...untilHealed((proxy) => {
      proxy.blackhole();
    }),
    bare: 'hangs',
    owes: {
      backWithinMs: ({ connectMs, maxDelayMs }) => connectMs + maxDelayMs,
      kinds: AWAY,
    },
  },
  {
    name: 'accepted and never answered, from the start',
    at: 'network',
    fromTheStart: true,
    ...untilHealed((proxy) => {
      proxy.silentAccept();
    }),
    bare: 'hangs',
    owes: {
      backWithinMs: ({ connectMs, maxDelayMs }) => connectMs + maxDelayMs,
      kinds: AWAY,
    },
  },
  {
    name: 'port refused, from the start',
    at: 'network',
    fromTheStart: true,
    begin: ({ proxy }) => {
      proxy.down();
    },
    end: ({ proxy }) => proxy.up(),
    bare: 'waits',
    owes: { backWithinMs: atNextAttempt, kinds: AWAY },
  },
  {
    name: 'every connection reset, from the start',
    at: 'network',
    fromTheStart: true,
    ...untilHealed((proxy) => {
      proxy.resetAccept();
    }),
    bare: 'waits',
    owes: { backWithinMs: atNextAttempt, kinds: AWAY },
  },
  {
    name: '800 ms of latency',
    at: 'network',
    ...untilHealed((proxy) => {
      proxy.delay(400);
    }),
    bare: 'none',
    owes: {
      backWithinMs: ({ attemptMs }) => (attemptMs < 800 ? 900 : 0),
      kinds: AWAY,
      // Replies arrive, if late: another connection would be no better.
      lostConnections: 0,
    },
  },
  {
    name: '0 to 600 ms of jitter',
    at: 'network',
    ...untilHealed((proxy) => {
      proxy.jitter(600, 1, 'replies');
    }),
    bare: 'none',
    owes: { backWithinMs: () => 850, kinds: AWAY, lostConnections: 1 },
  },
  {
    name: '500 bytes per second',
    at: 'network',
    ...untilHealed((proxy) => {
      proxy.rate(500);
    }),
    bare: 'waits',
    owes: { backWithinMs: () => 600, kinds: [...AWAY, 'overloaded'], lostConnections: 1 },
  },
  {
    name: 'replies in segments of one byte',
    at: 'network',
    ...untilHealed((proxy) => {
      proxy.slice(1);
    }),
    bare: 'none',
    // A proxy that takes two turns for each byte has a backlog of its own.
    owes: { backWithinMs: () => 1_500, kinds: AWAY, lostConnections: 1 },
  },
];
