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
  const { client } = event;
  switch (event.type) {
    case 'circuit.opened':
      return `Redis client '${client}': the circuit opened (${event.cause})${because(event.failure)}`;
    case 'circuit.closed':
      return `Redis client '${client}': the circuit closed after ${seconds(event.openMs)}`;
    case 'client.gave-up':
      return `Redis client '${client}': gave up reconnecting${because(event.failure)}`;
    case 'credentials.refused':
      return `Redis client '${client}': the server refused the credentials${because(event.failure)}`;
    case 'listener.failed':
      return `Redis client '${client}': a listener for '${event.event}' threw`;
    case 'call.succeeded':
      return `Redis client '${client}': ${event.command} succeeded`;
    default:
      return `Redis client '${client}': ${event.type}`;
  }
}

/** The fields of a line, named as OpenTelemetry's semantic conventions name them. */
export function fieldsOf(event: ResilienceEvent): Record<string, unknown> {
  const { type, client, at, ...rest } = event;
  const fields: Record<string, unknown> = {
    'event.name': `redis.resilience.${type}`,
    'db.system.name': 'redis',
    'redis.client.name': client,
    'event.at': new Date(at).toISOString(),
  };
  for (const [name, value] of Object.entries(rest)) {
    if (name === 'failure') Object.assign(fields, failureFields(value as FailureSummary));
    else if (name === 'command') fields['db.operation.name'] = value;
    else fields[`redis.${name}`] = typeof value === 'number' ? round(value) : value;
  }
  return fields;
}

function failureFields(failure: FailureSummary): Record<string, unknown> {
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
