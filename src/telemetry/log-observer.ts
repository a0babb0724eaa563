import { usualLevels } from '../options/log-levels.ts';
import type { LogEntry, LogLevels, LogOptions, LogSink } from '../options/types.ts';
import type { EventType, ResilienceEvent } from './events.ts';
import { commonFields, fieldsOf } from './log-fields.ts';
import { sentence, sentenceOf } from './log-lines.ts';
import { LogSummary } from './log-summary.ts';
import { inNoContext } from './no-context.ts';
import { outliveFailures, warnOf } from './logger-failures.ts';

/** What a log is written for. */
export interface LogSettings {
  readonly name: string;
  readonly log: LogOptions;
  readonly logLevels: LogLevels;
}

type Levels = Readonly<Record<EventType | 'summary', string | false>>;

/** What is counted or remembered, whether it has a line or not. */
const FOLLOWED: ReadonlySet<EventType> = new Set([
  'call.failed',
  'call.refused',
  'call.fallback',
  'attempt.retried',
  'circuit.opened',
  'circuit.closed',
  'connection.ready',
  'client.gave-up',
  'client.closed',
]);

/** winston's levels below `info`, which a logger that does not tell what it wants does not want. */
const VERBOSE = ['http', 'verbose', 'debug', 'silly'];

/** How many lines a stream of winston's may hold that its transports have not taken. */
const FAR_BEHIND = 1_000;

const OF_A_CALL = /^(call|attempt)\./;
const OF_A_SERVER = /^(circuit|connection|credentials)\./;

/**
 * Turns events into log lines: one at each end of an outage, and everything between folded into one
 * summary, so that an outage at 10,000 calls a second is told in a handful of lines.
 */
export class LogObserver {
  readonly #logger: LogSink;
  readonly #client: string;
  readonly #options: LogOptions;
  readonly #levels: Levels;
  readonly #server: string | undefined;
  readonly #summary = new LogSummary();
  #nextSummary: NodeJS.Timeout | undefined;
  #credentialsRefused = false;
  /** Just closed: what was being retried fails a moment later, and is told although the process may end. */
  #closing = false;

  /** @param server - `host:port` of the only server that the client has, if so */
  constructor(logger: LogSink, { name, log, logLevels }: LogSettings, server?: string) {
    this.#logger = logger;
    this.#server = server;
    this.#client = name;
    this.#options = log;
    this.#levels = { ...usualLevels(logger), ...logLevels };
    outliveFailures(logger);
  }

  /** Lines are only built where somebody reads them: one per command would cost as much as it. */
  wants(type: EventType): boolean {
    if (type === 'call.succeeded' && this.#options.successRate === 0) return false;
    return FOLLOWED.has(type) || this.#isWritten(type);
  }

  observe(stated: ResilienceEvent): void {
    const event = this.#located(stated);
    switch (event.type) {
      case 'call.succeeded':
        if (Math.random() < this.#options.successRate) this.#tell(event);
        return;
      case 'call.failed':
      case 'call.refused':
        this.#failed(event);
        break;
      case 'call.fallback':
        this.#summary.fellBack();
        this.#summarizeLater();
        break;
      case 'attempt.retried':
        this.#summary.retried();
        break;
      case 'circuit.opened':
        this.#summary.begin(event.address);
        break;
      case 'circuit.closed':
        this.#closed(event);
        return;
      case 'credentials.refused':
        if (this.#credentialsRefused) return;
        this.#credentialsRefused = true;
        break;
      case 'connection.ready':
        this.#credentialsRefused = false;
        break;
      case 'client.closed':
      case 'client.gave-up':
        this.flush();
        this.#closing = true;
        break;
      default:
        break;
    }
    this.#tell(event);
  }

  /** Writes what has been counted since the last summary. */
  flush(): void {
    if (this.#summary.isEmpty) return;
    const fields = this.#takeSummary();
    const cost = costOf(fields['redis.failed_calls'], fields['redis.fallbacks']);
    this.#write('summary', sentence(this.#client, cost), {
      ...commonFields(this.#client, 'summary'),
      ...fields,
    });
  }

  /** In a cluster events say themselves which node they are about. */
  #located(event: ResilienceEvent): ResilienceEvent {
    if (this.#server === undefined || !OF_A_SERVER.test(event.type)) return event;
    return { address: this.#server, ...event };
  }

  #failed({
    failure,
    at,
    durationMs,
  }: Extract<ResilienceEvent, { durationMs: number; failure: object }>): void {
    this.#summary.failed(failure.kind, at, durationMs);
    this.#summarizeLater();
  }

  #summarizeLater(): void {
    if (this.#closing) clearTimeout(this.#nextSummary);
    else if (this.#nextSummary) return;
    const delayMs = this.#closing ? 0 : this.#options.summaryMs;
    this.#nextSummary = inNoContext(() =>
      setTimeout(() => {
        this.#closing = false;
        this.flush();
      }, delayMs),
    );
    // Nothing that may be told later keeps a process alive.
    if (delayMs > 0) this.#nextSummary.unref();
  }

  /** The line of a recovery carries the summary of its outage. */
  #closed(event: Extract<ResilienceEvent, { type: 'circuit.closed' }>): void {
    const outage = this.#summary.end(event.address);
    if (!this.#isWritten(event.type)) return;
    const cost = costOf(outage['redis.outage.failed_calls'], outage['redis.outage.fallbacks']);
    this.#write(event.type, `${sentenceOf(event)}; ${cost}`, {
      ...fieldsOf(event),
      ...outage,
      ...this.#takeSummary(),
    });
  }

  #takeSummary(): ReturnType<LogSummary['take']> {
    clearTimeout(this.#nextSummary);
    this.#nextSummary = undefined;
    return this.#summary.take();
  }

  #tell(event: ResilienceEvent): void {
    if (this.#isWritten(event.type)) this.#write(event.type, sentenceOf(event), fieldsOf(event));
  }

  #isWritten(type: EventType): boolean {
    const level = this.#levels[type];
    return level !== false && this.#keepsUpWith(type) && isEnabled(this.#logger, level);
  }

  /** Lines of single calls are left out while the logger is far behind: it holds them all in memory. */
  #keepsUpWith(type: EventType): boolean {
    const { writableLength = 0 } = this.#logger as { writableLength?: number };
    return writableLength < FAR_BEHIND || !OF_A_CALL.test(type);
  }

  #write(type: keyof Levels, message: string, fields: Record<string, unknown>): void {
    const level = this.#levels[type];
    if (level === false) return;
    const entry: LogEntry = { level, message, ...fields };
    try {
      const written: unknown = this.#logger.log(entry);
      if (written instanceof Promise) {
        written.catch((error: unknown) => {
          warnOf(this.#logger, error);
        });
      }
    } catch (error) {
      // It must not fail a call.
      warnOf(this.#logger, error);
    }
  }
}

/** Whether anybody reads lines of a level; asked each time, since levels change while a process runs. */
function isEnabled(logger: LogSink, level: string): boolean {
  const verbosity = VERBOSE.indexOf(level);
  try {
    const { level: threshold, isLevelEnabled } = logger as {
      level?: unknown;
      isLevelEnabled?: (level: string) => boolean;
    };
    if (isLevelEnabled) return isLevelEnabled.call(logger, level);
    return verbosity <= VERBOSE.indexOf(String(threshold));
  } catch {
    return verbosity < 0;
  }
}

/** What callers got, in words: most clients have no fallback, and none is told of. */
function costOf(failed: number, fallbacks: number): string {
  const failures = failed === 1 ? '1 call failed' : `${failed} calls failed`;
  return fallbacks === 0 ? failures : `${failures}, ${fallbacks} answered by the fallback`;
}
