import type { FailureSummary, ResilienceEvent } from './events.ts';

/** One sentence for a person; the fields beside it are for machines. */
export function sentenceOf(event: ResilienceEvent): string {
  const at = event.address === undefined ? '' : ` at ${event.address}`;
  return sentence(event.client, happened(event), at);
}

/** Every line begins with who it is about. */
export const sentence = (client: string, what: string, at = ''): string =>
  `Redis client '${client}'${at}: ${what}`;

function happened(event: ResilienceEvent): string {
  switch (event.type) {
    case 'call.succeeded':
      return `${event.command} succeeded`;
    case 'call.failed':
      return `${event.command} failed${because(event.failure)}`;
    case 'call.refused':
      return `${event.command} was refused${because(event.failure)}`;
    case 'call.fallback':
      return `${event.command} was answered by the fallback${because(event.failure)}`;
    case 'attempt.failed':
      return `attempt ${event.attempt} of ${event.command} failed${because(event.failure)}`;
    case 'attempt.retried':
      return `${event.command} is tried again${because(event.failure)}`;
    case 'retry.budget-exhausted':
      return `no budget left to try ${event.command} again${because(event.failure)}`;
    case 'circuit.opened':
      return `the circuit opened (${event.cause})${because(event.failure)}`;
    case 'circuit.probe-failed':
      return `the server is not well yet${because(event.failure)}`;
    case 'circuit.half-opened':
      return 'the circuit tests the server';
    case 'circuit.closed':
      return `the circuit closed after ${seconds(event.openMs)}`;
    case 'connection.ready':
      return `connection ${event.connection} is ready`;
    case 'connection.failed':
      return `could not connect${because(event.failure)}`;
    case 'connection.lost':
      return `connection ${event.connection} was lost${because(event.failure)}`;
    case 'connection.suspected':
      return `connection ${event.connection} may be dead${because(event.failure)}`;
    case 'connection.replaced':
      return `connection ${event.connection} was replaced${because(event.failure)}`;
    case 'credentials.refused':
      return `the server refused the credentials${because(event.failure)}`;
    case 'client.gave-up':
      return `gave up reconnecting${because(event.failure)}`;
    case 'client.closed':
      return 'closed';
    case 'listener.failed':
      return `a listener for '${event.event}' threw`;
  }
}

const because = (failure: FailureSummary | undefined): string =>
  failure ? `: ${failure.message ?? failure.code}` : '';

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
