/** What a metric is, and the labels that it has beside `redis.client.name`. */
export interface Instrument {
  readonly kind: 'counter' | 'histogram' | 'observed counter' | 'observed gauge' | 'observed sum';
  readonly unit: string;
  readonly description: string;
  readonly labels: readonly string[];
}

const KIND = 'error.type';

/** Every metric. node-redis measures commands as `db.client.operation.duration`; these are about calls. */
export const INSTRUMENTS = {
  'redis.resilience.call.duration': {
    kind: 'histogram',
    unit: 's',
    description:
      'Time from a call to its outcome: waiting, attempts and delays; no refused calls, no fallbacks',
    labels: [KIND],
  },
  'redis.resilience.calls': {
    kind: 'observed counter',
    unit: '{call}',
    description: 'Calls that have an outcome; no refused calls, no fallbacks',
    labels: ['db.operation.name', KIND],
  },
  'redis.resilience.call.refusals': {
    kind: 'counter',
    unit: '{call}',
    description: 'Calls that were refused without asking the server',
    labels: [KIND],
  },
  'redis.resilience.call.fallbacks': {
    kind: 'counter',
    unit: '{call}',
    description: 'Calls that the fallback answered, by the failure that made it necessary',
    labels: [KIND],
  },
  'redis.resilience.call.waiting': {
    kind: 'observed sum',
    unit: '{call}',
    description: 'Calls that wait for a connection or a place',
    labels: [],
  },
  'redis.resilience.call.time_since_success': {
    kind: 'observed gauge',
    unit: 's',
    description: 'Time since a call succeeded, or since the client was wrapped if none has',
    labels: [],
  },
  'redis.resilience.attempts': {
    kind: 'observed counter',
    unit: '{attempt}',
    description: 'Attempts of calls that have an outcome',
    labels: [],
  },
  'redis.resilience.attempt.failures': {
    kind: 'counter',
    unit: '{attempt}',
    description: 'Attempts that failed, whatever became of the call',
    labels: [KIND],
  },
  'redis.resilience.attempt.in_flight': {
    kind: 'observed sum',
    unit: '{attempt}',
    description: 'Commands that are sent and not answered',
    labels: [],
  },
  'redis.resilience.retries': {
    kind: 'counter',
    unit: '{retry}',
    description: 'Attempts that were made again, by the failure that made them necessary',
    labels: [KIND, 'redis.reason'],
  },
  'redis.resilience.retry.budget.left': {
    kind: 'observed gauge',
    unit: '{retry}',
    description: 'Retries that the budget allows at this moment',
    labels: [],
  },
  'redis.resilience.retry.budget.exhausted': {
    kind: 'counter',
    unit: '{retry}',
    description: 'Retries that were not made because the budget was spent',
    labels: [],
  },
  'redis.resilience.circuit.state': {
    kind: 'observed gauge',
    unit: '{state}',
    description: '0 closed, 1 half-open, 2 open; in a cluster one per shard',
    labels: ['server.address', 'server.port'],
  },
  'redis.resilience.circuit.transitions': {
    kind: 'counter',
    unit: '{transition}',
    description: 'How often a circuit went into a state, and why it opened',
    labels: ['redis.circuit.state', 'redis.cause'],
  },
  'redis.resilience.connection.events': {
    kind: 'counter',
    unit: '{event}',
    description: 'What became of connections, and of the client itself',
    labels: ['redis.connection.event'],
  },
  'redis.resilience.listener.failures': {
    kind: 'counter',
    unit: '{failure}',
    description: 'Listeners of the client that threw',
    labels: [],
  },
} as const satisfies Readonly<Record<string, Instrument>>;

/** The name of a metric. */
export type InstrumentName = keyof typeof INSTRUMENTS;

type NamesOf<K extends Instrument['kind']> = {
  [N in InstrumentName]: (typeof INSTRUMENTS)[N]['kind'] extends K ? N : never;
}[InstrumentName];

export type CounterName = NamesOf<'counter'>;
export type ObservedName = NamesOf<'observed counter' | 'observed gauge' | 'observed sum'>;
