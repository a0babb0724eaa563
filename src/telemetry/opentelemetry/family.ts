import { REPLAY_RULES } from '../../commands/replay.ts';
import { REFUSALS, VERDICTS, type FailureKind } from '../../failures/kinds.ts';
import type { CircuitState, ResilienceEvent } from '../events.ts';
import { serverFields } from '../log-fields.ts';
import type { Snapshot, WatchedClient } from '../telemetry.ts';
import type { Attributes, BatchObservableResult } from './api.ts';
import type { CounterName } from './instruments.ts';
import type { Instruments } from './meter.ts';

/** How bad a state is, as dashboards show it. */
const STATES: Readonly<Record<CircuitState, number>> = { closed: 0, 'half-open': 1, open: 2 };

/** What is called otherwise than any command. */
const COMPOUND = new Set(['MULTI', 'EXECUTE']);

/** The label of names that are not known: a server may have any, and labels must be few. */
const OTHER = '_OTHER';

/**
 * A client and those made from it, measured as one: a service may duplicate clients without end, and
 * each would have series of its own for ever.
 */
export class Family {
  readonly #instruments: Instruments;
  readonly #name: Attributes;
  readonly #clients = new Set<WatchedClient>();
  readonly #succeeded = new Map<string, Tally>();
  readonly #failed = new Map<string, Tally>();
  /** Addresses of the circuits that were told last. */
  #circuits: readonly (string | undefined)[] = [];
  #attempts = 0;
  #succeededAt = Date.now();

  constructor(name: string, instruments: Instruments) {
    this.#instruments = instruments;
    this.#name = { 'redis.client.name': name };
    this.#begin();
  }

  /** Counts a client in from its first connection to its end: who only made one must not have to close it. */
  add(client: WatchedClient): void {
    client.onSuccess((command, attempts, durationMs) => {
      this.#succeededAt = Date.now();
      this.#attempts += attempts;
      (this.#succeeded.get(command) ?? this.#tallyOf(command)).count++;
      // Without the command: two labels would cost more than the rest of what is measured of a call.
      this.#instruments.duration.record(durationMs / 1_000, this.#name);
    });
    client.onEvent((event) => {
      // Calls may fail after its end.
      if (event.type.startsWith('connection.')) this.#clients.add(client);
      if (event.type.startsWith('client.')) this.#clients.delete(client);
      this.#observe(event);
    });
  }

  /** Has the figures read that clients know themselves. */
  collect(result: BatchObservableResult): void {
    const { observed } = this.#instruments;
    const stats = [...this.#clients].map((client) => client.stats());
    const sum = (figure: (one: Snapshot) => number) =>
      stats.reduce((total, one) => total + figure(one), 0);
    const tell = (name: keyof typeof observed, value: number, labels: Attributes = {}) => {
      result.observe(observed[name], value, { ...this.#name, ...labels });
    };
    tell('redis.resilience.attempts', this.#attempts);
    for (const { labels, count } of [...this.#succeeded.values(), ...this.#failed.values()]) {
      tell('redis.resilience.calls', count, labels);
    }
    tell(
      'redis.resilience.call.waiting',
      sum(({ waiting }) => waiting),
    );
    tell(
      'redis.resilience.attempt.in_flight',
      sum(({ inFlight }) => inFlight),
    );
    this.#collectCircuits(worstOf(stats), (state, labels) => {
      tell('redis.resilience.circuit.state', state, labels);
    });
    if (stats.length === 0) return;
    tell('redis.resilience.call.time_since_success', (Date.now() - this.#succeededAt) / 1_000);
    tell(
      'redis.resilience.retry.budget.left',
      Math.min(...stats.map(({ retryBudget }) => retryBudget.left)),
    );
  }

  /** Tells the state of each circuit, and of one that is gone that it is closed: the last word is repeated for ever. */
  #collectCircuits(
    worst: ReadonlyMap<string | undefined, number>,
    tell: (state: number, labels: Attributes) => void,
  ): void {
    for (const address of new Set([...worst.keys(), ...this.#circuits])) {
      tell(worst.get(address) ?? STATES.closed, address === undefined ? {} : serverFields(address));
    }
    this.#circuits = [...worst.keys()];
  }

  #observe(event: ResilienceEvent): void {
    switch (event.type) {
      case 'call.succeeded':
        break;
      case 'call.failed': {
        const { kind } = event.failure;
        this.#attempts += event.attempts;
        this.#tallyOf(event.command, kind).count++;
        const labels = { ...this.#name, 'error.type': kind };
        this.#instruments.duration.record(event.durationMs / 1_000, labels);
        break;
      }
      case 'call.refused':
        this.#attempts += event.attempts;
        this.#count('redis.resilience.call.refusals', { 'error.type': event.failure.kind });
        break;
      case 'call.fallback':
        this.#attempts += event.attempts;
        this.#count('redis.resilience.call.fallbacks', { 'error.type': event.failure.kind });
        break;
      case 'attempt.failed':
        this.#count('redis.resilience.attempt.failures', { 'error.type': event.failure.kind });
        break;
      case 'attempt.retried': {
        const { kind, reason } = event.failure;
        const labels = { 'error.type': kind, ...(reason && { 'redis.reason': reason }) };
        this.#count('redis.resilience.retries', labels);
        break;
      }
      case 'retry.budget-exhausted':
        this.#count('redis.resilience.retry.budget.exhausted');
        break;
      case 'circuit.opened':
        this.#transition('open', event.cause);
        break;
      case 'circuit.probe-failed':
        this.#transition('open', 'probe-failed');
        break;
      case 'circuit.half-opened':
        this.#transition('half-open');
        break;
      case 'circuit.closed':
        this.#transition('closed');
        break;
      case 'listener.failed':
        this.#count('redis.resilience.listener.failures');
        break;
      case 'connection.ready':
      case 'connection.failed':
      case 'connection.lost':
      case 'connection.suspected':
      case 'connection.replaced':
      case 'credentials.refused':
      case 'client.gave-up':
      case 'client.closed':
        this.#connectionEvent(event.type);
        break;
    }
  }

  /** A series that begins with its first count shows no increase: what alerts look at begins at 0. */
  #begin(): void {
    for (const cause of CAUSES) this.#transition('open', cause, 0);
    this.#transition('half-open', undefined, 0);
    this.#transition('closed', undefined, 0);
    for (const type of CONNECTION_EVENTS) this.#connectionEvent(type, 0);
    for (const kind of REFUSALS) {
      this.#count('redis.resilience.call.refusals', { 'error.type': kind }, 0);
    }
    for (const kind of OUTAGES) {
      this.#count('redis.resilience.call.fallbacks', { 'error.type': kind }, 0);
    }
    this.#count('redis.resilience.retry.budget.exhausted', {}, 0);
    this.#count('redis.resilience.listener.failures', {}, 0);
  }

  #transition(state: CircuitState, cause?: string, times = 1): void {
    const labels = { 'redis.circuit.state': state, ...(cause && { 'redis.cause': cause }) };
    this.#count('redis.resilience.circuit.transitions', labels, times);
  }

  #connectionEvent(type: ConnectionEvent, times = 1): void {
    this.#count('redis.resilience.connection.events', { 'redis.connection.event': type }, times);
  }

  #count(name: CounterName, labels: Attributes = {}, times = 1): void {
    this.#instruments.counters[name].add(times, { ...this.#name, ...labels });
  }

  /** Where calls of a command are counted that had one outcome. */
  #tallyOf(command: string, kind?: FailureKind): Tally {
    const name = REPLAY_RULES.has(command) || COMPOUND.has(command) ? command : OTHER;
    const [tallies, key] = kind ? [this.#failed, `${kind} ${name}`] : [this.#succeeded, name];
    let tally = tallies.get(key);
    if (!tally) {
      const labels = { 'db.operation.name': name, ...(kind && { 'error.type': kind }) };
      tallies.set(key, (tally = { labels, count: 0 }));
    }
    return tally;
  }
}

/** A number that only grows, and the labels that it is told with. */
interface Tally {
  readonly labels: Attributes;
  count: number;
}

/** What a fallback is asked for. */
const OUTAGES = (Object.keys(VERDICTS) as FailureKind[]).filter((kind) => VERDICTS[kind].outage);

/** Why a circuit opens. */
const CAUSES = [
  'consecutive-failures',
  'failure-rate',
  'disconnected',
  'isolated',
  'probe-failed',
] as const;

const CONNECTION_EVENTS = [
  'connection.ready',
  'connection.failed',
  'connection.lost',
  'connection.suspected',
  'connection.replaced',
  'credentials.refused',
  'client.gave-up',
  'client.closed',
] as const;

type ConnectionEvent = (typeof CONNECTION_EVENTS)[number];

/** The worst state at each address, of all clients. */
function worstOf(stats: readonly Snapshot[]): Map<string | undefined, number> {
  const worst = new Map<string | undefined, number>();
  for (const { address, state } of stats.flatMap(({ circuits }) => circuits)) {
    worst.set(address, Math.max(worst.get(address) ?? 0, STATES[state]));
  }
  return worst;
}
