import { describe, expect, it } from 'vitest';
import { LOG_LEVELS } from '../../../src/options/log-levels.ts';
import { settingsOf } from '../../../src/options/settings.ts';
import type { LogEntry } from '../../../src/options/types.ts';
import type { EventType, FailureSummary, Stated } from '../../../src/telemetry/events.ts';
import { EventHub } from '../../../src/telemetry/hub.ts';
import { LOG_FIELDS } from '../../../src/telemetry/log-fields.ts';
import { LogObserver } from '../../../src/telemetry/log-observer.ts';

const failure: FailureSummary = {
  kind: 'unavailable',
  reason: 'busy',
  execution: 'not-executed',
  code: 'BUSY',
};
const lost: FailureSummary = {
  kind: 'transport',
  execution: 'unknown',
  code: 'ECONNREFUSED',
  message: 'The connection was lost',
  causes: ['connect ECONNREFUSED ::1:1', 'connect ECONNREFUSED 127.0.0.1:1'],
};
const call = { command: 'GET', attempts: 2, durationMs: 7 };
const attempt = { command: 'GET', attempt: 2 };

/** One of each event, and the sentence that it gets. */
const EVERY: {
  readonly [T in EventType]: readonly [Omit<Extract<Stated, { type: T }>, 'type'>, string];
} = {
  'call.succeeded': [call, 'GET succeeded'],
  'call.failed': [{ ...call, failure }, 'GET failed: BUSY'],
  'call.refused': [{ ...call, failure }, 'GET was refused: BUSY'],
  'call.fallback': [{ ...call, failure }, 'GET was answered by the fallback: BUSY'],
  'attempt.failed': [{ ...attempt, failure }, 'attempt 2 of GET failed: BUSY'],
  'attempt.retried': [{ ...attempt, delayMs: 5, failure }, 'GET is tried again: BUSY'],
  'retry.budget-exhausted': [{ command: 'GET', failure }, 'no budget left to try GET again: BUSY'],
  'circuit.opened': [
    { cause: 'disconnected', failure: lost },
    'the circuit opened (disconnected): The connection was lost',
  ],
  'circuit.probe-failed': [{ failure, nextMs: 5 }, 'the server is not well yet: BUSY'],
  'circuit.half-opened': [{}, 'the circuit tests the server'],
  'circuit.closed': [
    { openMs: 1_234 },
    'the circuit closed after 1.2 s; 2 calls failed, 1 answered by the fallback',
  ],
  'connection.ready': [{ connection: 7, tookMs: 3 }, 'connection 7 is ready'],
  'connection.failed': [{ failure: lost, nextMs: 5 }, 'could not connect: The connection was lost'],
  'connection.lost': [
    { connection: 7, failure: lost },
    'connection 7 was lost: The connection was lost',
  ],
  'connection.suspected': [
    { connection: 7, failure: lost },
    'connection 7 may be dead: The connection was lost',
  ],
  'connection.replaced': [
    { connection: 7, failure: lost },
    'connection 7 was replaced: The connection was lost',
  ],
  'credentials.refused': [
    { failure: { ...failure, code: 'WRONGPASS' } },
    'the server refused the credentials: WRONGPASS',
  ],
  'client.gave-up': [{ failure: lost }, 'gave up reconnecting: The connection was lost'],
  'client.closed': [{}, 'closed'],
  'listener.failed': [{ event: 'ready' }, "a listener for 'ready' threw"],
};

const levels = Object.fromEntries(
  Object.entries(LOG_LEVELS).map(([type, level]) => [type, level === false ? 'debug' : level]),
);

function linesOfEvery(): LogEntry[] {
  const lines: LogEntry[] = [];
  const logger = { level: 'debug', log: (entry: LogEntry) => lines.push(entry) };
  const observer = new LogObserver(
    logger,
    settingsOf({ name: 'cache', logger, logLevels: levels }),
  );
  const hub = new EventHub('cache');
  hub.subscribe(
    (event) => {
      observer.observe(event);
    },
    (type) => observer.wants(type),
  );
  for (const [type, [facts]] of Object.entries(EVERY)) {
    hub.at(() => '::1:6379').state({ type, ...facts } as Stated);
  }
  return lines;
}

const shortName = (line: LogEntry) => String(line['event.name']).replace('redis.resilience.', '');

describe('the line of each event', () => {
  const lines = linesOfEvery();

  it('is there, at its level, and says what happened', () => {
    const told = lines.map((line) => [shortName(line), line.level, line.message]);
    expect(told).toEqual(
      Object.entries(EVERY).map(([type, [, what]]) => [
        type,
        levels[type],
        `Redis client 'cache' at ::1:6379: ${what}`,
      ]),
    );
  });

  it('has the fields that are documented, and no others', () => {
    const names = lines.flatMap((line) => Object.keys(line));
    const expected = ['level', 'message', ...Object.keys(LOG_FIELDS)];
    expect([...new Set(names)].sort()).toEqual(expected.sort());
  });

  it.each(lines.map((line) => [shortName(line), line]))('is flat JSON: %s', (_name, line) => {
    const nested = Object.entries(line).filter(
      ([name, value]) =>
        typeof value === 'object' && !Array.isArray(value) && name !== 'redis.failures',
    );
    expect(nested).toEqual([]);
    expect(JSON.parse(JSON.stringify(line))).toEqual(line);
  });

  it('names where and why', () => {
    expect(lines.find((line) => shortName(line) === 'connection.lost')).toMatchObject({
      'server.address': '::1',
      'server.port': 6379,
      'error.type': 'transport',
      'db.response.status_code': 'ECONNREFUSED',
      'redis.causes': ['connect ECONNREFUSED ::1:1', 'connect ECONNREFUSED 127.0.0.1:1'],
    });
  });
});
