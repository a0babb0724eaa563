import { invoke, methodOf, rootOf } from '../../commands/client.ts';
import { classify } from '../../failures/classify.ts';
import { failure, type Failure } from '../../failures/failure.ts';
import type { Call } from '../../pipeline/call.ts';
import { sleep } from '../../pipeline/sleep.ts';
import { summarize } from '../../telemetry/redact.ts';
import type { SeparateConnection, SeparateConnector } from '../blocking.ts';
import type { Carrier } from '../line.ts';
import type { Connections, ConnectionsParts } from '../connections.ts';
import { asHandshakeFailure } from '../handshake.ts';
import { InFlight, type AttemptOutcome } from '../in-flight.ts';
import { KeptLine } from '../kept-line.ts';
import { Session } from '../session.ts';
import { Subscriptions } from '../subscriptions.ts';
import { destroyClient } from '../template.ts';
import { Handover } from './handover.ts';

const NO_MASTER = failure({
  kind: 'transport',
  execution: 'not-sent',
  message: 'The sentinel client has no connection to the master',
});

/** It does not say whom it asks; what the network says of it does. */
const SENTINELS = 'the sentinels';

const unconnected = (error: unknown): Failure => ({
  ...asHandshakeFailure(classify(error, { dispatched: false }), SENTINELS),
  address: undefined,
});

/**
 * The connections of a sentinel of redis 5: its own, since it can neither be duplicated nor asked for
 * its options. It finds the master by itself; a path that is dead without a word it does not leave.
 */
export function keptSentinel(parts: ConnectionsParts): Connections {
  const { template: sentinel, settings, hub, onClosed } = parts;
  if (settings.credentials) {
    throw new TypeError(
      'Cannot use credentials with a sentinel of redis 5, which connects by itself: give it a credentialsProvider in nodeClientOptions',
    );
  }
  const { maxDelayMs } = settings.connection;
  let trying = new AbortController();
  let lastError: Failure | undefined;
  let since = 0;

  const inFlight = new InFlight(() => {
    line.freed();
  });
  const handover = (call: Call, outcome: AttemptOutcome, to: InFlight) => {
    if (invoke(sentinel, 'getMasterNode') === undefined) down();
    return new Handover(sentinel, call, outcome, to);
  };
  const carrier: Carrier = {
    id: 1,
    get inFlight() {
      return inFlight.size;
    },
    clientFor: () => sentinel,
    dispatch(call, outcome) {
      handover(call, outcome, inFlight).begin();
    },
    ask: (...command) => invoke(sentinel, 'sendCommand', false, command) as Promise<unknown>,
  };
  /** As if it were one of its own: which of the sentinel's a blocking call gets is not ours to say, or to end. */
  const separate: SeparateConnector = (events) => {
    const free = () => {
      events.onFree(one);
    };
    const own = new InFlight(free);
    const one: SeparateConnection = {
      get isReady() {
        return line.available !== undefined;
      },
      dispatch(call, outcome) {
        handover(call, outcome, own).begin(free);
      },
      drop(reason) {
        own.fail(reason);
      },
    };
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as failures are passed inside
    return one.isReady ? Promise.resolve(one) : Promise.reject(NO_MASTER);
  };
  const line = new KeptLine(carrier);
  rootOf(sentinel).on('error', (error: unknown) => {
    lastError = unconnected(error);
    if (line.isOpen && !line.available) failed(lastError);
  });

  const up = () => {
    if (!line.isOpen || line.available) return;
    const tookMs = performance.now() - since;
    hub.state({ type: 'connection.ready', connection: carrier.id, tookMs });
    line.up();
  };
  const down = () => {
    if (!line.available) return;
    since = performance.now();
    const reason = lastError ?? NO_MASTER;
    hub.state({ type: 'connection.lost', connection: carrier.id, failure: summarize(reason) });
    line.down(reason);
    // It answers as soon as there is a master, and has the sentinel look for one.
    void keep(() => carrier.ask('PING'));
  };
  const failed = (reason: Failure) => {
    hub.state({ type: 'connection.failed', failure: summarize(reason), nextMs: maxDelayMs });
    line.failed(reason, false);
  };
  /** Tries until it succeeds, or the sentinel is closed. */
  const keep = async (attempt: () => Promise<unknown>) => {
    const { signal } = trying;
    do {
      try {
        await attempt();
        if (!signal.aborted) up();
        return;
      } catch (error) {
        if (!signal.aborted) failed(unconnected(error));
      }
    } while (await sleep(maxDelayMs, signal));
  };

  return {
    line,
    session: new Session(),
    address: SENTINELS,
    separate,
    get inFlight() {
      return inFlight.size;
    },
    open() {
      if (line.isOpen) return;
      trying = new AbortController();
      since = performance.now();
      line.open();
      if (sentinel.isReady) up();
      else {
        void keep(async () => {
          // Where an attempt failed it must be closed first.
          if (sentinel.isOpen) await methodOf(sentinel, 'destroy')?.call(sentinel);
          await sentinel.connect();
        });
      }
    },
    close(reason) {
      if (!line.isOpen) return;
      trying.abort();
      inFlight.fail(reason);
      line.close(reason);
      destroyClient(sentinel);
      hub.state({ type: 'client.closed' });
      onClosed();
    },
    subscriber: () => ({
      subscriptions: new Subscriptions(),
      current: { client: sentinel, gate: (listener) => listener },
    }),
    isSubscribed: false,
  };
}
