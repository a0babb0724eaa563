/** winston's level of each event's line; `false`: no line of its own. */
export const LOG_LEVELS = {
  'call.succeeded': 'debug',
  'call.failed': false,
  'call.refused': false,
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
} as const satisfies Readonly<Record<string, string | false>>;

/** What can have a line in the log: every event, and the summary of many. */
export type LoggedEvent = keyof typeof LOG_LEVELS;

/** The levels of a logger that has none of its own, as winston has them. */
const NPM_LEVELS = ['error', 'warn', 'info', 'http', 'verbose', 'debug', 'silly'];

/** The levels that a logger knows: what stands in its `levels`, as winston's loggers have it. */
export function levelsOf(logger: unknown): readonly string[] {
  const { levels } = (logger ?? {}) as { levels?: unknown };
  return typeof levels === 'object' && levels !== null ? Object.keys(levels) : NPM_LEVELS;
}
