import { beforeEach, describe, expect, it } from 'vitest';
import type { Target } from '../../../src/commands/operation.ts';
import { InFlight } from '../../../src/connection/in-flight.ts';
import { failure } from '../../../src/failures/failure.ts';
import { Deadlines } from '../../../src/pipeline/deadlines.ts';
import { callOf, OutcomeRecorder, pending } from './call-of.ts';

let outcome: OutcomeRecorder;
let freed: number;
let inFlight: InFlight;

beforeEach(() => {
  outcome = new OutcomeRecorder();
  freed = 0;
  inFlight = new InFlight(() => freed++);
});

const LOST = failure({ kind: 'transport', execution: 'unknown', message: 'reset' });

/** Operations of these tests need no client. */
const NOWHERE = {} as Target;

const turn = () => new Promise(setImmediate);

describe('an attempt in flight', () => {
  it('is on the books, and told, before the client is asked', () => {
    const execute = () => {
      expect(outcome.told).toEqual(['GET dispatched']);
      expect(inFlight.size).toBe(1);
      expect(call.attempt).toBeDefined();
      return pending().promise;
    };
    const call = callOf('GET k', { execute });
    inFlight.execute(call, outcome, NOWHERE);
    expect(call.attempts).toBe(1);
    expect.assertions(4);
  });

  it('ends with its reply, which frees a place before anybody hears of it', async () => {
    const call = callOf('GET k');
    inFlight.follow(call, outcome, Promise.resolve('v'));
    await turn();
    expect(outcome.told).toEqual(['GET dispatched', 'GET: v']);
    expect([inFlight.size, inFlight.replies, freed]).toEqual([0, 1, 1]);
    expect(call.attempt).toBeUndefined();
  });

  it.each([
    { title: 'an error reply', error: new Error('ERR no'), told: 'GET! command not-executed' },
    {
      title: 'a lost connection',
      error: new Error('Socket closed unexpectedly'),
      told: 'GET! transport unknown',
    },
  ])('ends with $title, which is a reply as well', async ({ error, told }) => {
    inFlight.follow(callOf('GET k'), outcome, Promise.reject(error));
    await turn();
    expect(outcome.told).toEqual(['GET dispatched', told]);
    expect([inFlight.size, inFlight.replies, freed]).toEqual([0, 1, 1]);
  });

  it('knows that a script may have written before it failed', async () => {
    const script = callOf('EVAL x', { script: true });
    inFlight.follow(script, outcome, Promise.reject(new Error('ERR no')));
    await turn();
    expect(outcome.told.at(-1)).toBe('EVAL! command unknown');
  });

  it.each([
    { title: 'arguments that make no command', wires: () => [], told: 'GET! command not-sent' },
    { title: 'a mistake after that', wires: () => [['GET']], told: 'GET! unknown unknown' },
  ])('ends at once where the client throws over $title', ({ wires, told }) => {
    const execute = () => {
      throw new TypeError('x is not a function');
    };
    inFlight.execute(callOf('GET k', { wires, execute }), outcome, NOWHERE);
    expect(outcome.told).toEqual(['GET dispatched', told]);
    expect(inFlight.size).toBe(0);
  });

  it('takes its place until it is answered, also when it was given up', async () => {
    const { promise, resolve } = pending();
    const call = callOf('GET k');
    inFlight.follow(call, outcome, promise);
    call.attempt!.abandon();
    expect(call.attempt).toBeUndefined();
    expect([inFlight.size, freed]).toEqual([1, 0]);
    resolve('late');
    await turn();
    expect([inFlight.size, inFlight.replies, freed]).toEqual([0, 1, 1]);
    expect(outcome.told).toEqual(['GET dispatched']);
  });

  it('is told of by its success, be it that nobody waits for it any more', async () => {
    const succeeded: string[] = [];
    inFlight = new InFlight(
      () => freed++,
      ({ operation }) => succeeded.push(operation.name),
    );
    const select = callOf('SELECT 1');
    const { promise, resolve } = pending();
    inFlight.follow(select, outcome, promise);
    inFlight.follow(callOf('GET k'), outcome, Promise.reject(new Error('ERR no')));
    select.attempt!.abandon();
    resolve('OK');
    await turn();
    expect(succeeded).toEqual(['SELECT']);
  });

  it('that was given up leaves the next one alone when it is answered at last', async () => {
    const replies = [pending(), pending()];
    const call = callOf('GET k');
    inFlight.follow(call, outcome, replies[0]!.promise);
    call.attempt!.abandon();
    inFlight.follow(call, outcome, replies[1]!.promise);
    const second = call.attempt;
    replies[0]!.resolve('late');
    await turn();
    expect(call.attempt).toBe(second);
    replies[1]!.resolve('v');
    await turn();
    expect(outcome.told).toEqual(['GET dispatched', 'GET dispatched', 'GET: v']);
  });

  it('has no deadline any more once it is over', async () => {
    const deadlines = new Deadlines<unknown>(() => undefined);
    const call = callOf('GET k');
    const { promise, resolve } = pending();
    inFlight.follow(call, outcome, promise);
    const deadline = deadlines.add(call.attempt, 1_000);
    call.attempt!.deadline = deadline as never;
    resolve('v');
    await turn();
    expect(deadline?.list).toBeUndefined();
    deadlines.close();
  });
});

describe('a connection that ends', () => {
  it('tells everything in flight why, in order, except what was given up', () => {
    const calls = ['GET a', 'INCR b', 'DEL c'].map((command) => callOf(command));
    for (const call of calls) inFlight.follow(call, outcome, pending().promise);
    calls[1]!.attempt!.abandon();
    inFlight.fail(LOST);
    expect(outcome.told.slice(3)).toEqual(['GET! transport unknown', 'DEL! transport unknown']);
    expect(outcome.failures[0]).toBe(LOST);
    expect(calls.map(({ attempt }) => attempt)).toEqual([undefined, undefined, undefined]);
    expect(inFlight.size).toBe(0);
  });

  it('tells very many turn by turn, in order, and all of them the same', async () => {
    const calls = Array.from({ length: 2_500 }, (_, index) => callOf(`GET ${index}`));
    for (const call of calls) inFlight.follow(call, outcome, Promise.reject(new Error('ERR no')));
    inFlight.fail(LOST);
    const told: number[] = [outcome.failures.length];
    expect(inFlight.size).toBe(0);
    calls[2_000]!.attempt!.abandon();
    while (told.at(-1)! < 2_499) {
      await turn();
      told.push(outcome.failures.length);
    }
    expect(told).toEqual([1_000, 2_000, 2_499]);
    expect(new Set(outcome.failures)).toEqual(new Set([LOST]));
  });

  it.each([{ late: 'a reply' }, { late: 'an error' }])(
    'has said its last word: $late that comes later is a sign of life only',
    async ({ late }) => {
      const { promise, resolve, reject } = pending();
      inFlight.follow(callOf('GET k'), outcome, promise);
      inFlight.fail(LOST);
      if (late === 'a reply') resolve('v');
      else reject(new Error('ERR no'));
      await turn();
      expect(outcome.told).toEqual(['GET dispatched', 'GET! transport unknown']);
      expect([inFlight.replies, freed]).toEqual([1, 0]);
    },
  );

  it('counts replies to what is no call as well', () => {
    inFlight.replied();
    expect([inFlight.replies, freed]).toEqual([1, 0]);
  });
});
