import type { LogSink } from '../options/types.ts';

/** A logger that states failures of its transports as an `'error'` event, as winston's do. */
interface Failing extends LogSink {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  listenerCount(event: 'error'): number;
}

const told = new WeakSet<LogSink>();

/**
 * Keeps a process alive whose logger fails while nobody listens: a log is no reason to end it. The first
 * failure is a warning of the process.
 */
export function outliveFailures(logger: LogSink): void {
  if (!isFailing(logger) || logger.listenerCount('error') > 0) return;
  logger.on('error', (error) => {
    if (logger.listenerCount('error') === 1) warnOf(logger, error);
  });
}

/** Warns of a logger once, without the error's words, which may quote an address or a token. */
export function warnOf(logger: LogSink, error: unknown): void {
  if (told.has(logger)) return;
  told.add(logger);
  process.emitWarning(
    `A logger failed (${codeOf(error)}); its lines may be lost. Listen to its 'error' event to hear of more.`,
    'RedisResilienceWarning',
  );
}

function isFailing(logger: LogSink): logger is Failing {
  const { on, listenerCount } = logger as Partial<Failing>;
  return typeof on === 'function' && typeof listenerCount === 'function';
}

function codeOf(error: unknown): string {
  const { code, name } = Object(error) as { code?: string; name?: string };
  return code ?? name ?? typeof error;
}
