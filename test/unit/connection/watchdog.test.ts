import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Failure } from '../../../src/failures/failure.ts';
import { Watchdog } from '../../../src/connection/watchdog.ts';
import { settingsOf } from '../../../src/options/settings.ts';

const OPTIONS = settingsOf({
  connection: { silenceMs: 800, heartbeatMs: 10_000, connectMs: 500 },
}).connection;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const watched = (options = OPTIONS) => {
  const connection = {
    isReady: true,
    progress: 0,
    replies: 0,
    inFlight: 0,
    client: { isPubSubActive: false },
    asked: [] as string[][],
    /** By default the server echoes what it is told. */
    answer: (command: string[]): Promise<unknown> => Promise.resolve(command[1] ?? 'PONG'),
    ask(...command: string[]) {
      connection.asked.push(command);
      return connection.answer(command);
    },
  };
  const concluded: string[] = [];
  const reasons: Failure[] = [];
  const watchdog = new Watchdog(connection as never, options, {
    onSilent: (_connection, reason) => {
      concluded.push('silent');
      reasons.push(reason);
    },
    onStuck: (_connection, reason) => {
      concluded.push('stuck');
      reasons.push(reason);
    },
    onRevived: () => concluded.push('revived'),
    onShifted: (_connection, reason) => {
      concluded.push('shifted');
      reasons.push(reason);
    },
  });
  return { connection, watchdog, concluded, reasons };
};

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('a watchdog', () => {
  it('finds silence while something is in flight, in time and once', async () => {
    const { connection, concluded, reasons, watchdog } = watched();
    await pass(1_000);
    connection.inFlight = 1;
    await pass(800);
    expect(concluded).toEqual([]);
    await pass(200);
    expect(concluded).toEqual(['silent']);
    expect(reasons).toMatchObject([
      {
        kind: 'transport',
        execution: 'unknown',
        endedBy: 'us',
        message: 'No byte of a reply for 800 ms',
      },
    ]);
    await pass(5_000);
    expect(concluded).toEqual(['silent']);
    watchdog.stop();
  });

  it('holds no silence against a connection that has nothing in flight', async () => {
    const { concluded, watchdog } = watched();
    await pass(5_000);
    expect(concluded).toEqual([]);
    watchdog.stop();
  });

  it('has nothing to say of a connection that replies', async () => {
    const { connection, concluded, watchdog } = watched();
    connection.inFlight = 1;
    for (let count = 0; count < 20; count++) {
      connection.progress++;
      connection.replies++;
      await pass(600);
    }
    expect(concluded).toEqual([]);
    watchdog.stop();
  });

  it('tells bytes that make no reply from silence', async () => {
    const { connection, concluded, reasons, watchdog } = watched();
    connection.inFlight = 1;
    for (let count = 0; count < 10; count++) {
      connection.progress++;
      await pass(100);
    }
    expect(concluded).toEqual(['stuck']);
    expect(reasons[0]).toMatchObject({ kind: 'transport', execution: 'unknown' });
    watchdog.stop();
  });

  it('notices soon when the connection answers after all', async () => {
    const { connection, concluded, watchdog } = watched();
    connection.inFlight = 1;
    await pass(4_000);
    expect(concluded).toEqual(['silent']);
    connection.progress++;
    connection.replies++;
    await pass(60);
    expect(concluded).toEqual(['silent', 'revived']);
    connection.inFlight = 2;
    await pass(1_100);
    expect(concluded).toEqual(['silent', 'revived', 'silent']);
    watchdog.stop();
  });

  it('counts from anew after the process itself was stalled', async () => {
    const { connection, concluded, watchdog } = watched();
    connection.inFlight = 1;
    await pass(500);
    // The clock runs on, and no timer fires: the next look is late by far.
    const stalledUntil = performance.now() + 3_000;
    const now = vi.spyOn(performance, 'now').mockReturnValue(stalledUntil);
    await pass(100);
    expect(concluded).toEqual([]);
    now.mockRestore();
    watchdog.stop();
  });

  /** Adds to the clock what the process is stalled for: no timer fires meanwhile. */
  const stalling = () => {
    const clock = performance.now.bind(performance);
    let stalledMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => clock() + stalledMs);
    return (ms: number) => (stalledMs += ms);
  };

  it('listens again for as long as ever after the process was stalled for long', async () => {
    const { connection, concluded, watchdog } = watched();
    const stall = stalling();
    connection.inFlight = 1;
    await pass(600);
    stall(3_000);
    await pass(700);
    expect(concluded).toEqual([]);
    await pass(250);
    expect(concluded).toEqual(['silent']);
    watchdog.stop();
  });

  it('holds a short stall of the process against nobody, nor forgets what was before', async () => {
    const { connection, concluded, watchdog } = watched();
    const stall = stalling();
    connection.inFlight = 1;
    await pass(600);
    stall(400);
    await pass(200);
    expect(concluded).toEqual([]);
    await pass(150);
    expect(concluded).toEqual(['silent']);
    watchdog.stop();
  });

  it('looks at once when it comes late', async () => {
    const { connection, concluded, watchdog } = watched();
    const stall = stalling();
    connection.inFlight = 1;
    await pass(845);
    expect(concluded).toEqual([]);
    stall(101);
    await pass(10);
    expect(concluded).toEqual(['silent']);
    watchdog.stop();
  });

  it('counts silence only while something is in flight', async () => {
    const { connection, concluded, watchdog } = watched();
    connection.inFlight = 1;
    await pass(500);
    connection.inFlight = 0;
    await pass(100);
    connection.inFlight = 1;
    await pass(700);
    expect(concluded).toEqual([]);
    watchdog.stop();
  });

  it('finds silence although the process is stalled again and again', async () => {
    const { connection, concluded, watchdog } = watched();
    connection.inFlight = 1;
    const clock = performance.now.bind(performance);
    let stalledMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => clock() + stalledMs);
    for (let count = 0; count < 6; count++) {
      stalledMs += 100;
      await pass(200);
    }
    expect(concluded).toEqual(['silent']);
    watchdog.stop();
  });

  it('leaves no timer when it is stopped', () => {
    const { watchdog } = watched();
    expect(vi.getTimerCount()).toBe(2);
    watchdog.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a heartbeat', () => {
  it('echoes another nonce each time', async () => {
    const { connection, concluded, watchdog } = watched();
    await pass(30_000);
    const nonces = connection.asked.map(([, nonce]) => nonce);
    expect(connection.asked.map(([name]) => name)).toEqual(['ECHO', 'ECHO', 'ECHO']);
    expect(new Set(nonces).size).toBe(3);
    expect(concluded).toEqual([]);
    watchdog.stop();
  });

  it('is a PING for a subscriber, whose answer proves life only', async () => {
    const { connection, concluded, watchdog } = watched();
    connection.client.isPubSubActive = true;
    connection.answer = () => Promise.resolve(['pong', '']);
    await pass(10_000);
    expect(connection.asked).toEqual([['PING']]);
    expect(concluded).toEqual([]);
    watchdog.stop();
  });

  it('takes an echo as bytes for an echo', async () => {
    const { connection, concluded, watchdog } = watched();
    connection.answer = ([, nonce]) => Promise.resolve(Buffer.from(nonce!));
    await pass(10_000);
    expect(concluded).toEqual([]);
    watchdog.stop();
  });

  it('finds a stream of replies that has shifted', async () => {
    const { connection, concluded, reasons, watchdog } = watched();
    connection.answer = () => Promise.resolve('the value of another');
    await pass(10_000);
    expect(concluded).toEqual(['shifted']);
    expect(reasons[0]).toMatchObject({ kind: 'transport', execution: 'unknown' });
    expect(reasons[0]?.message).not.toContain('value');
    watchdog.stop();
  });

  it('finds a dead connection that has nothing in flight', async () => {
    const { connection, concluded, reasons, watchdog } = watched();
    connection.answer = () => new Promise(() => undefined);
    await pass(10_499);
    expect(concluded).toEqual([]);
    await pass(2);
    expect(concluded).toEqual(['silent']);
    expect(reasons).toMatchObject([{ message: 'No answer to a heartbeat for 500 ms' }]);
    // That nothing is in flight is no sign of life.
    await pass(60_000);
    expect(concluded).toEqual(['silent']);
    watchdog.stop();
  });

  it('finds a dead connection also where it is due again before its answer is', async () => {
    const { connection, concluded, watchdog } = watched({ ...OPTIONS, heartbeatMs: 200 });
    await pass(500);
    connection.answer = () => new Promise(() => undefined);
    await pass(99);
    const { length } = connection.asked;
    await pass(2);
    expect(connection.asked).toHaveLength(length + 1);
    await pass(500);
    expect(concluded).toEqual(['silent']);
    expect(connection.asked).toHaveLength(length + 1);
    watchdog.stop();
  });

  it.each([
    { title: 'NOPERM', error: new Error('NOPERM this user may not ECHO') },
    { title: 'LOADING', error: new Error('LOADING wait') },
  ])('is answered by $title as well', async ({ error }) => {
    const { connection, concluded, watchdog } = watched();
    connection.answer = () => Promise.reject(error);
    await pass(30_000);
    expect(connection.asked).toHaveLength(3);
    expect(concluded).toEqual([]);
    watchdog.stop();
  });

  it.each([
    { title: 'an error reply', error: new Error('NOPERM no'), revived: ['revived'] },
    { title: 'the end', error: new Error('Disconnects client'), revived: [] },
  ])('that is answered late, by $title, revives: $revived', async ({ error, revived }) => {
    const { connection, concluded, watchdog } = watched();
    let answer: (reason: Error) => void = () => undefined;
    connection.answer = () => new Promise((_, reject) => (answer = reject));
    await pass(10_600);
    expect(concluded).toEqual(['silent']);
    answer(error);
    await pass(1);
    expect(concluded).toEqual(['silent', ...revived]);
    watchdog.stop();
  });

  it('leaves a lost connection to report itself', async () => {
    const { connection, concluded, watchdog } = watched();
    connection.answer = () => {
      connection.isReady = false;
      return Promise.reject(new Error('Socket closed unexpectedly'));
    };
    await pass(12_000);
    expect(concluded).toEqual([]);
    watchdog.stop();
  });

  it('is not waited for any more when the watchdog is stopped', async () => {
    const { connection, concluded, watchdog } = watched();
    connection.answer = () => new Promise(() => undefined);
    await pass(10_100);
    expect(connection.asked).toHaveLength(1);
    watchdog.stop();
    expect(vi.getTimerCount()).toBe(0);
    await pass(5_000);
    expect(concluded).toEqual([]);
  });

  it('is not sent while the connection is silent', async () => {
    const { connection, watchdog } = watched();
    connection.inFlight = 1;
    await pass(25_000);
    expect(connection.asked).toEqual([]);
    watchdog.stop();
  });
});
