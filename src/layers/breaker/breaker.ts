import type { Carrier, Line, LineListener } from '../../connection/line.ts';
import { WaitingRoom } from '../../connection/waiting-room.ts';
import type { Failure } from '../../failures/failure.ts';
import type { Call } from '../../pipeline/call.ts';
import { Layer } from '../../pipeline/layer.ts';
import type { CircuitState } from '../../telemetry/events.ts';
import type { EventSink } from '../../telemetry/hub.ts';
import { inNoContext } from '../../telemetry/no-context.ts';
import { summarize } from '../../telemetry/redact.ts';
import { openDurationMs, spread, type CircuitOptions } from './open-duration.ts';
import { probe } from './probe.ts';
import { Refusals } from './refusals.ts';
import { Window } from './window.ts';

/** How many calls may wait for the circuit. */
const MAX_HELD = 1_000;

/** What the circuit is doing; each state owns what exists only in it. */
type State = { readonly name: 'closed'; consecutiveFailures: number } | Outage;

interface Outage {
  readonly name: 'open' | 'half-open';
  /** Begin of the outage, through all failed tests. */
  readonly since: number;
  readonly cause: Failure | undefined;
  /** Tests that failed so far; each doubles the time until the next. */
  readonly failedTests: number;
  readonly nextTestAt: number;
}

/** What a circuit is about: a client, or in a cluster the shard behind an address. */
export interface CircuitName {
  readonly name: string;
  /** Where the shard's master was last seen, `host:port`. */
  readonly address?: string;
}

/** A circuit as `stats()` shows it. */
export interface CircuitStats extends CircuitName {
  readonly state: CircuitState;
  readonly isolated: boolean;
  readonly successes: number;
  readonly failures: number;
}

/** Refuses calls while the server is unwell, and finds out when it is well again. */
export class BreakerLayer extends Layer implements LineListener {
  readonly #name: () => CircuitName;
  readonly #options: CircuitOptions;
  readonly #line: Line;
  readonly #hub: EventSink;
  readonly #window: Window;
  readonly #isOff: () => boolean;
  readonly #refusals: Refusals;
  /** Calls that came while the server was being tested, and blocking ones that came before. */
  readonly #held = new WaitingRoom();
  #state: State = { name: 'closed', consecutiveFailures: 0 };
  /** Counts transitions: what was admitted in an earlier period teaches nothing in this one. */
  #period = 0;
  #isolated = false;
  #disconnected: NodeJS.Timeout | undefined;
  #nextTest: NodeJS.Timeout | undefined;
  #lastLoss: Failure | undefined;

  constructor(
    name: () => CircuitName,
    options: CircuitOptions,
    line: Line,
    hub: EventSink,
    stackTraces: boolean,
    isOff = () => false,
  ) {
    super();
    this.#name = name;
    this.#options = options;
    this.#line = line;
    this.#hub = hub;
    this.#isOff = isOff;
    this.#refusals = new Refusals(stackTraces);
    this.#window = new Window(options.windowMs);
  }

  get state(): CircuitState {
    return this.#isolated ? 'open' : this.#state.name;
  }

  get stats(): CircuitStats {
    return {
      ...this.#name(),
      state: this.state,
      isolated: this.#isolated,
      ...this.#window.counts,
    };
  }

  override send(call: Call): void {
    if (this.state === 'closed') {
      call.period = this.#period;
      this.inner.send(call);
    } else if (this.#isWorthWaiting(call) && this.#held.size < MAX_HELD) {
      this.#held.hold(call);
    } else {
      this.#refuse(call);
    }
  }

  override succeeded(call: Call, reply: unknown): void {
    if (call.period === this.#period && this.#state.name === 'closed') {
      this.#state.consecutiveFailures = 0;
      this.#window.success();
    }
    this.outer.succeeded(call, reply);
  }

  override failed(call: Call, reason: Failure): void {
    this.#learn(call, reason);
    this.outer.failed(call, reason);
  }

  override cancel(call: Call, reason: Failure): void {
    // A call given up before it was sent says nothing about the server.
    if (call.attempt) this.#learn(call, reason);
    this.inner.cancel(call, reason);
  }

  override close(): void {
    clearTimeout(this.#disconnected);
    clearTimeout(this.#nextTest);
    this.#disconnected = undefined;
    this.#window.stop();
    if (this.#state.name !== 'closed') this.#reset();
    // Not asked for its state any more, which stays open while it is isolated: what is inside refuses.
    this.#held.releaseAll((call) => {
      this.inner.send(call);
    });
    super.close();
  }

  onUnavailable(reason: Failure): void {
    this.#disconnected ??= setTimeout(() => {
      const cause = this.#line.lastFailure ?? reason;
      if (this.#state.name === 'closed') this.#open('disconnected', cause);
      // What waits past the layers has no more than its own patience.
      if (!this.#isOff()) this.#line.abandonWaiting(cause);
    }, this.#options.disconnectedMs).unref();
  }

  onAvailable(): void {
    clearTimeout(this.#disconnected);
    this.#disconnected = undefined;
    this.#window.start();
    if (this.#state.name === 'open') this.#test();
  }

  /** Holds the circuit open by hand. */
  isolate(): void {
    if (this.#isolated) return;
    this.#isolated = true;
    if (this.#state.name === 'closed') this.#open('isolated', undefined);
    else this.#enterOpen(this.#state.since, this.#state.cause, this.#state.failedTests);
    this.#decide();
  }

  /** Lets the circuit go again, through a test of the server. */
  restore(): void {
    if (!this.#isolated) return;
    this.#isolated = false;
    this.#test();
  }

  #isWorthWaiting(call: Call): boolean {
    // The answer of a test is a round trip away, where a refusal would be final. And a blocking command
    // came to wait: whoever asks again at once, as consumers do, would keep the process from anything
    // else if it was refused. It waits until its deadline.
    return this.#state.name === 'half-open' || call.policy.blocking;
  }

  #learn(call: Call, reason: Failure): void {
    if (this.#state.name !== 'closed' || call.period !== this.#period || call.policy.blocking)
      return;
    switch (reason.verdict.circuit) {
      case 'well':
        this.#state.consecutiveFailures = 0;
        this.#window.success();
        break;
      case 'unwell':
        this.#unwell(reason);
        break;
      case 'nothing':
        break;
    }
  }

  #unwell(reason: Failure): void {
    if (this.#state.name !== 'closed') return;
    // One lost connection is one failure, however many calls it carried: they share it.
    if (reason.kind === 'transport' && reason === this.#lastLoss) return;
    if (reason.kind === 'transport') this.#lastLoss = reason;
    this.#window.failure();
    const { consecutiveFailures, minimumFailures, failureRate } = this.#options;
    if (++this.#state.consecutiveFailures >= consecutiveFailures) {
      this.#open('consecutive-failures', reason);
      return;
    }
    const { successes, failures } = this.#window.counts;
    if (failures >= minimumFailures && failures / (successes + failures) >= failureRate) {
      this.#open('failure-rate', reason);
    }
  }

  /** The begin of an outage. */
  #open(cause: string, reason: Failure | undefined): void {
    this.#enterOpen(performance.now(), reason, 0);
    this.#hub.state({
      type: 'circuit.opened',
      cause,
      ...(reason && { failure: summarize(reason) }),
    });
  }

  #enterOpen(since: number, cause: Failure | undefined, failedTests: number): number {
    this.#period++;
    const delayMs = openDurationMs(this.#options, cause, failedTests);
    this.#testIn(delayMs, { name: 'open', since, cause, failedTests });
    return delayMs;
  }

  #testIn(delayMs: number, open: Omit<Outage, 'nextTestAt'>): void {
    this.#state = { ...open, nextTestAt: performance.now() + delayMs };
    clearTimeout(this.#nextTest);
    this.#nextTest = setTimeout(() => {
      this.#test();
    }, delayMs).unref();
  }

  /** A server that answers late is slow, not away: it is asked again soon. */
  #answeredLate(): void {
    const { busyDelayMs } = this.#options;
    const { name } = this.#state;
    if (name !== 'open' || this.#state.nextTestAt - performance.now() <= busyDelayMs) return;
    this.#testIn(spread(busyDelayMs), this.#state);
  }

  /** Half-opens: asks the server before any user's call does. Without a connection, the next one asks. */
  #test(): void {
    const carrier = this.#line.available;
    if (this.#state.name !== 'open' || this.#isolated || !carrier) return;
    clearTimeout(this.#nextTest);
    this.#state = { ...this.#state, name: 'half-open' };
    this.#hub.state({ type: 'circuit.half-opened' });
    const testing = this.#state;
    void inNoContext(() => this.#probe(carrier)).then((reason) => {
      if (this.#state !== testing) return;
      if (reason) {
        const nextMs = this.#enterOpen(testing.since, reason, testing.failedTests + 1);
        this.#hub.state({ type: 'circuit.probe-failed', failure: summarize(reason), nextMs });
        this.#decide();
        // A connection that came while this test ran asks at once.
        if (this.#line.available !== carrier) this.#test();
      } else {
        this.#close();
      }
    });
  }

  async #probe(carrier: Carrier): Promise<Failure | undefined> {
    for (let count = 0; count < this.#options.halfOpenProbes; count++) {
      const reason = await probe(carrier, {
        onLateAnswer: () => {
          this.#answeredLate();
        },
      });
      if (reason) return reason;
    }
    return undefined;
  }

  /** The end of an outage. */
  #close(): void {
    const openMs = this.#state.name === 'closed' ? 0 : performance.now() - this.#state.since;
    this.#reset();
    this.#hub.state({ type: 'circuit.closed', openMs });
    this.#decide();
  }

  #reset(): void {
    clearTimeout(this.#nextTest);
    this.#period++;
    this.#window.clear();
    this.#state = { name: 'closed', consecutiveFailures: 0 };
  }

  /** Lets those who waited for a test have its result. */
  #decide(): void {
    this.#held.releaseAll((call) => {
      this.send(call);
    });
  }

  #refuse(call: Call): void {
    const open = this.#state.name === 'closed' ? undefined : this.#state;
    const retryAfterMs = Math.max(0, Math.round((open?.nextTestAt ?? 0) - performance.now()));
    const why = this.#isolated ? 'isolated' : 'open';
    this.outer.failed(call, this.#refusals.of(call, why, open?.cause, retryAfterMs));
  }
}
