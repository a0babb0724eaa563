import { beforeEach, describe, expect, it } from 'vitest';
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

const turn = () => new Promise(setImmediate);

describe('an attempt in flight', () => {
  it('is on the books, and told, before the client is asked', () => {
    const call = callOf('GET k');
    inFlight.begin(call, outcome, () => {
      expect(outcome.told).toEqual(['GET dispatched']);
      expect(inFlight.size).toBe(1);
      expect(call.attempt).toBeDefined();
      return pending().promise;
    });
    expect(call.attempts).toBe(1);
    expect.assertions(4);
  });

  it('ends with its reply, which frees a place before anybody hears of it', async () => {
    const call = callOf('GET k');
    inFlight.begin(call, outcome, () => Promise.resolve('v'));
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
    inFlight.begin(callOf('GET k'), outcome, () => Promise.reject(error));
    await turn();
    expect(outcome.told).toEqual(['GET dispatched', told]);
    expect([inFlight.size, inFlight.replies, freed]).toEqual([0, 1, 1]);
  });

  it('knows that a script may have written before it failed', async () => {
    const script = callOf('EVAL x', { script: true });
    inFlight.begin(script, outcome, () => Promise.reject(new Error('ERR no')));
    await turn();
    expect(outcome.told.at(-1)).toBe('EVAL! command unknown');
  });

  it.each([
    { title: 'arguments that make no command', wires: () => [], told: 'GET! command not-sent' },
    { title: 'a mistake after that', wires: () => [['GET']], told: 'GET! unknown unknown' },
  ])('ends at once where the client throws over $title', ({ wires, told }) => {
    inFlight.begin(callOf('GET k', { wires }), outcome, () => {
      throw new TypeError('x is not a function');
    });
    expect(outcome.told).toEqual(['GET dispatched', told]);
    expect(inFlight.size).toBe(0);
  });

  it('takes its place until it is answered, also when it was given up', async () => {
    const { promise, resolve } = pending();
    const call = callOf('GET k');
    inFlight.begin(call, outcome, () => promise);
    call.attempt!.abandon();
    expect(call.attempt).toBeUndefined();
    expect([inFlight.size, freed]).toEqual([1, 0]);
    resolve('late');
    await turn();
    expect([inFlight.size, inFlight.replies, freed]).toEqual([0, 1, 1]);
    expect(outcome.told).toEqual(['GET dispatched']);
  });

  it('that was given up leaves the next one alone when it is answered at last', async () => {
    const replies = [pending(), pending()];
    const call = callOf('GET k');
    inFlight.begin(call, outcome, () => replies[0]!.promise);
    call.attempt!.abandon();
    inFlight.begin(call, outcome, () => replies[1]!.promise);
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
    inFlight.begin(call, outcome, () => promise);
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
    for (const call of calls) inFlight.begin(call, outcome, () => pending().promise);
    calls[1]!.attempt!.abandon();
    inFlight.fail(LOST);
    expect(outcome.told.slice(3)).toEqual(['GET! transport unknown', 'DEL! transport unknown']);
    expect(outcome.failures[0]).toBe(LOST);
    expect(calls.map(({ attempt }) => attempt)).toEqual([undefined, undefined, undefined]);
    expect(inFlight.size).toBe(0);
  });

  it.each([{ late: 'a reply' }, { late: 'an error' }])(
    'has said its last word: $late that comes later is a sign of life only',
    async ({ late }) => {
      const { promise, resolve, reject } = pending();
      inFlight.begin(callOf('GET k'), outcome, () => promise);
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
