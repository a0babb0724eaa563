import type { FailureSummary, ResilienceEvent } from './events.ts';

/**
 * Every field that a line can have beside winston's `level` and `message`: its meaning, and when it is
 * there. Those that begin with `redis.` are ours; the others OpenTelemetry's semantic conventions have.
 */
// prettier-ignore
export const LOG_FIELDS: Readonly<Record<string, readonly [meaning: string, present: string]>> = {
  'event.name':              ['`redis.resilience.` and the event', 'always'],
  'db.system.name':          ['`redis`', 'always'],
  'redis.client.name':       ['the option `name`', 'always'],
  'server.address':          ['host of the server, or of the node of a cluster, that the event is about', '`circuit.*`, `connection.*`, `credentials.refused`; not with sentinels or a Unix socket'],
  'server.port':             ['its port', 'as above'],
  'db.operation.name':       ['the command; never its arguments', 'events of a call or an attempt'],
  'error.type':              ['kind of the failure', 'where something failed'],
  'db.response.status_code': ["first word of the server's reply, the network's code or ours", 'where something failed'],
  'error.message':           ["the network's words, or ours", 'where something failed, and the server said nothing that could quote a key or value'],
  'redis.causes':            ['what was behind the failure, one text for each error, outermost first', 'where it says more than `error.message`'],
  'redis.execution':         ['whether the command may have been executed', 'where something failed'],
  'redis.reason':            ['why a server that answers does not serve', 'where `error.type` is `unavailable`'],
  'redis.attempts':          ['how often the command was handed to a connection', 'events of a call'],
  'redis.attempt':           ['number of the attempt, from 1', 'events of an attempt'],
  'redis.duration_ms':       ['how long the call took, waiting and retries included', 'events of a call'],
  'redis.delay_ms':          ['how long the retry waits', '`attempt.retried`'],
  'redis.connection':        ['number of the connection', '`connection.*`, but `connection.failed`'],
  'redis.took_ms':           ['how long it took to connect', '`connection.ready`'],
  'redis.next_ms':           ['how long until the next try, at most', '`connection.failed`, `circuit.probe-failed`'],
  'redis.cause':             ['what opened the circuit', '`circuit.opened`'],
  'redis.open_ms':           ['how long the circuit was open; the outage began when it was still closed', '`circuit.closed`'],
  'redis.outage.failed_calls': ['calls that failed in the outage, those that led to it included', '`circuit.closed`'],
  'redis.outage.fallbacks':  ['calls that the fallback answered in the outage', '`circuit.closed`'],
  'redis.outage.retries':    ['retries that the outage cost', '`circuit.closed`'],
  'redis.failed_calls':      ['calls that failed since the last line with this field; they add up', '`summary`, `circuit.closed`'],
  'redis.fallbacks':         ['calls that the fallback answered since then', '`summary`, `circuit.closed`'],
  'redis.retries':           ['retries since then', '`summary`, `circuit.closed`'],
  'redis.failures':          ['of the calls that failed, by kind: `count`, `first`, `last`, `longest_ms`', '`summary`, `circuit.closed`'],
  'redis.event':             ['the event whose listener threw', '`listener.failed`'],
};

/** The fields that every line of a client has. */
export function commonFields(client: string, type: string): Record<string, unknown> {
  return {
    'event.name': `redis.resilience.${type}`,
    'db.system.name': 'redis',
    'redis.client.name': client,
  };
}

/** What an event says, in the fields of a line. */
export function fieldsOf(event: ResilienceEvent): Record<string, unknown> {
  const { type, client, address, ...rest } = event;
  const fields = commonFields(client, type);
  if (address !== undefined) Object.assign(fields, serverFields(address));
  for (const [name, value] of Object.entries(rest)) {
    // A line is written when it happens: the logger's own time is the time.
    if (name === 'at') continue;
    if (name === 'failure') Object.assign(fields, failureFields(value as FailureSummary));
    else if (name === 'command') fields['db.operation.name'] = value;
    else fields[`redis.${snakeCase(name)}`] = typeof value === 'number' ? round(value) : value;
  }
  return fields;
}

/** An IPv6 host stands without brackets, as node-redis writes it: the port is behind the last colon. */
export function serverFields(address: string): {
  readonly 'server.address': string;
  readonly 'server.port': number;
} {
  const colon = address.lastIndexOf(':');
  return {
    'server.address': address.slice(0, colon),
    'server.port': Number(address.slice(colon + 1)),
  };
}

/** What is told of a failure, in a line or a span. */
export function failureFields(failure: FailureSummary): Record<string, string | string[]> {
  const { kind, execution, reason, code, message, causes } = failure;
  return {
    'error.type': kind,
    'db.response.status_code': code,
    ...(message !== undefined && { 'error.message': message }),
    ...(causes && { 'redis.causes': [...causes] }),
    'redis.execution': execution,
    ...(reason && { 'redis.reason': reason }),
  };
}

const snakeCase = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const round = (value: number): number => Math.round(value * 1_000) / 1_000;
