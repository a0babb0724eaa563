import { rootOf } from '../../commands/client.ts';
import { classify } from '../../failures/classify.ts';
import type { Failure } from '../../failures/failure.ts';
import { fullJitterMs, sleep } from '../../pipeline/sleep.ts';
import { summarize } from '../../telemetry/redact.ts';
import type { Connections, ConnectionsParts } from '../connections.ts';
import { asHandshakeFailure, isRefusal } from '../handshake.ts';
import { KeptLine } from '../kept-line.ts';
import { Session } from '../session.ts';
import { Subscriptions } from '../subscriptions.ts';
import { heldMembers } from './held-member.ts';
import { Leases, NONE_READY, type AnyPool } from './leases.ts';
import { Members } from './members.ts';
import { endPool } from './end-pool.ts';

/** A pool does not say where it connects to; what the network says of it does. */
const MEMBERS = 'the server of the pool';

const unconnected = (reason: Failure): Failure => ({
  ...asHandshakeFailure(reason, MEMBERS),
  address: undefined,
});

/**
 * The connections of a pool: its own, since a pool makes and mends its members by itself. Ours are the
 * moment of dispatch, what becomes of a member that a call gave up, and the wait while none is ready.
 */
export function poolConnections(parts: ConnectionsParts): Connections {
  const { settings, hub, onClosed } = parts;
  if (settings.credentials) {
    throw new TypeError(
      'Cannot use credentials with a pool, which makes its members itself: give it a credentialsProvider',
    );
  }
  const pool = parts.template as AnyPool;
  const { connectMs, baseDelayMs, maxDelayMs } = settings.connection;
  let trying: AbortController | undefined;
  let lastError: Failure | undefined;
  let downSince = 0;

  const members = new Members(connectMs, () => {
    up();
  });
  const leases = new Leases(pool, members, {
    onReady: () => {
      up();
    },
    onNoneReady: () => {
      down(lastError ?? NONE_READY);
    },
    onFree: () => {
      line.freed();
    },
  });
  // A member that answered READONLY is replaced at once, so another attempt has another connection.
  const line = new KeptLine(leases, () => true);
  line.listen({
    onAbandoned: (reason) => {
      leases.abandonWaiting(reason);
    },
  });
  rootOf(pool).on('error', (error: unknown) => {
    const raw = classify(error, { dispatched: false });
    lastError = unconnected(raw);
    if (line.isOpen && !line.available) failed(lastError, isRefusal(raw));
  });

  /** Tries something again and again, until there is a member that is ready, or the pool is closed. */
  const keep = (attempt: () => Promise<unknown>) => {
    trying?.abort();
    const mine = new AbortController();
    trying = mine;
    void (async () => {
      for (let tries = 0; !mine.signal.aborted; tries++) {
        if (tries > 0) {
          const ms = fullJitterMs(tries, baseDelayMs, maxDelayMs);
          if (!(await sleep(ms, mine.signal))) return;
        }
        await attempt();
      }
    })();
  };
  const up = () => {
    if (!line.isOpen) return;
    trying?.abort();
    if (line.available) {
      leases.resume();
      return;
    }
    lastError = undefined;
    hub.state({
      type: 'connection.ready',
      connection: leases.id,
      tookMs: performance.now() - downSince,
    });
    line.up();
    leases.resume();
  };
  const down = (reason: Failure) => {
    if (!line.available) return;
    downSince = performance.now();
    hub.state({ type: 'connection.lost', connection: leases.id, failure: summarize(reason) });
    line.down(reason);
    keep(async () => {
      leases.inspect();
      return Promise.resolve();
    });
  };
  const failed = (reason: Failure, refused: boolean) => {
    hub.state({ type: 'connection.failed', failure: summarize(reason), nextMs: maxDelayMs });
    line.failed(reason, refused);
  };

  return {
    line,
    session: new Session(),
    address: MEMBERS,
    separate: heldMembers(pool, members),
    get pool() {
      return {
        size: pool.totalClients,
        idle: pool.idleClients,
        inUse: pool.clientsInUse,
        waiting: pool.tasksQueueLength,
        timeouts: leases.timeouts,
      };
    },
    get inFlight() {
      return leases.leased;
    },
    open() {
      if (line.isOpen) return;
      downSince = performance.now();
      members.open();
      line.open();
      keep(async () => {
        try {
          await pool.connect();
          up();
        } catch (error) {
          const raw = classify(error, { dispatched: false });
          failed(unconnected(raw), isRefusal(raw));
        }
      });
    },
    close(reason) {
      if (!line.isOpen) return;
      trying?.abort();
      members.close();
      leases.end(reason);
      line.close(reason);
      hub.state({ type: 'client.closed' });
      // Calls are told why by us, before the members tell that they are destroyed.
      onClosed();
      endPool(pool);
    },
    subscriber: () => ({ subscriptions: new Subscriptions(), current: undefined }),
    isSubscribed: false,
  };
}
