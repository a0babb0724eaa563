import type { EventType, FailureSummary, ResilienceEvent } from './events.ts';

/** winston's level of each event; `undefined` is not a line of its own but part of a summary. */
export const LEVELS: Readonly<Record<EventType, 'error' | 'warn' | 'info' | 'debug' | undefined>> =
  {
    'call.succeeded': 'debug',
    'call.failed': undefined,
    'call.refused': undefined,
    'attempt.failed': 'debug',
    'attempt.retried': 'debug',
    'retry.budget-exhausted': undefined,
    'circuit.opened': 'error',
    'circuit.probe-failed': 'debug',
    'circuit.half-opened': 'debug',
    'circuit.closed': 'warn',
    'connection.ready': 'info',
    'connection.failed': 'debug',
    'connection.lost': 'info',
    'connection.suspected': 'info',
    'connection.replaced': 'info',
    'credentials.refused': undefined,
    'client.gave-up': 'error',
    'client.closed': 'info',
    'listener.failed': 'warn',
  };

/** One sentence for a person; the fields beside it are for machines. */
export function sentenceOf(event: ResilienceEvent): string {
  const who = `Redis client '${event.client}'${event.address ? ` at ${event.address}` : ''}`;
  switch (event.type) {
    case 'circuit.opened':
      return `${who}: the circuit opened (${event.cause})${because(event.failure)}`;
    case 'circuit.closed':
      return `${who}: the circuit closed after ${seconds(event.openMs)}`;
    case 'client.gave-up':
      return `${who}: gave up reconnecting${because(event.failure)}`;
    case 'credentials.refused':
      return `${who}: the server refused the credentials${because(event.failure)}`;
    case 'listener.failed':
      return `${who}: a listener for '${event.event}' threw`;
    case 'call.succeeded':
      return `${who}: ${event.command} succeeded`;
    default:
      return `${who}: ${event.type}`;
  }
}

/** The fields of a line, named as OpenTelemetry's semantic conventions name them. */
export function fieldsOf(event: ResilienceEvent): Record<string, unknown> {
  const { type, client, at, address, ...rest } = event;
  const fields: Record<string, unknown> = {
    'event.name': `redis.resilience.${type}`,
    'db.system.name': 'redis',
    'redis.client.name': client,
    'event.at': new Date(at).toISOString(),
    ...(address !== undefined && serverFields(address)),
  };
  for (const [name, value] of Object.entries(rest)) {
    if (name === 'failure') Object.assign(fields, failureFields(value as FailureSummary));
    else if (name === 'command') fields['db.operation.name'] = value;
    else fields[`redis.${name}`] = typeof value === 'number' ? round(value) : value;
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
export function failureFields(failure: FailureSummary): Record<string, string> {
  const { kind, execution, reason, code, message } = failure;
  return {
    'error.type': kind,
    'db.response.status_code': code,
    'redis.execution': execution,
    ...(reason && { 'redis.reason': reason }),
    ...(message !== undefined && { 'error.message': message }),
  };
}

const because = (failure: FailureSummary | undefined): string =>
  failure ? `: ${failure.message ?? failure.code}` : '';

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const round = (value: number): number => Math.round(value * 1_000) / 1_000;
