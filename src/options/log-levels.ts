/** What can have a line in the log: every event, and the summary of many. */
export type LoggedEvent =
  | 'call.succeeded'
  | 'call.failed'
  | 'call.refused'
  | 'call.fallback'
  | 'attempt.failed'
  | 'attempt.retried'
  | 'retry.budget-exhausted'
  | 'circuit.opened'
  | 'circuit.probe-failed'
  | 'circuit.half-opened'
  | 'circuit.closed'
  | 'connection.ready'
  | 'connection.failed'
  | 'connection.lost'
  | 'connection.suspected'
  | 'connection.replaced'
  | 'credentials.refused'
  | 'client.gave-up'
  | 'client.closed'
  | 'listener.failed'
  | 'summary';

/** winston's level of each event's line; `false`: no line of its own. */
export const LOG_LEVELS: Readonly<Record<LoggedEvent, string | false>> = {
  'call.succeeded': 'debug',
  'call.failed': false,
  'call.refused': false,
  'call.fallback': false,
  'attempt.failed': 'debug',
  'attempt.retried': 'debug',
  'retry.budget-exhausted': false,
  'circuit.opened': 'error',
  'circuit.probe-failed': 'debug',
  'circuit.half-opened': 'debug',
  'circuit.closed': 'warn',
  'connection.ready': 'info',
  'connection.failed': 'debug',
  'connection.lost': 'info',
  'connection.suspected': 'info',
  'connection.replaced': 'info',
  'credentials.refused': 'error',
  'client.gave-up': 'error',
  'client.closed': 'info',
  'listener.failed': 'warn',
  summary: 'warn',
};

/** The levels of a logger that has none of its own, as winston has them. */
const NPM_LEVELS = ['error', 'warn', 'info', 'http', 'verbose', 'debug', 'silly'];

/** The levels that a logger knows: what stands in its `levels`, as winston's loggers have it. */
export function levelsOf(logger: unknown): readonly string[] {
  const { levels } = (logger ?? {}) as { levels?: unknown };
  return typeof levels === 'object' && levels !== null ? Object.keys(levels) : NPM_LEVELS;
}

/** The default levels, in the words of a logger that counts as syslog does. */
export function usualLevels(logger: unknown): typeof LOG_LEVELS {
  const known = levelsOf(logger);
  if (known.includes('warn') || !known.includes('warning')) return LOG_LEVELS;
  const translated = Object.entries(LOG_LEVELS).map(([type, level]) => [
    type,
    level === 'warn' ? 'warning' : level,
  ]);
  return Object.fromEntries(translated) as typeof LOG_LEVELS;
}
