import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/failures/classify.ts';
import { failure } from '../../../src/failures/failure.ts';
import { summarize } from '../../../src/telemetry/redact.ts';
import { reply, systemError } from '../failures/client-errors.ts';

const dispatched = { dispatched: true };

describe('summarize', () => {
  it.each([
    { message: "ERR unknown command 'X', with args beginning with: 'hunter2'", code: 'ERR' },
    { message: 'NOPERM User hunter2 has no permissions', code: 'NOPERM' },
    { message: 'hunter2: no such index', code: 'ERR' },
  ])('tells of a reply its code only: $message', ({ message, code }) => {
    const summary = summarize(classify(reply(message), dispatched));
    expect(summary).toMatchObject({ code, execution: 'not-executed' });
    expect(summary).not.toHaveProperty('message');
    expect(JSON.stringify(summary)).not.toContain('hunter2');
  });

  it('tells of the network its own code and words', () => {
    const summary = summarize(classify(systemError('ECONNREFUSED', 'connect'), dispatched));
    expect(summary).toEqual({
      kind: 'transport',
      execution: 'unknown',
      code: 'ECONNREFUSED',
      message: 'connect ECONNREFUSED 10.0.0.1:6379',
    });
  });

  it('tells of us our code and words, and the reason of unavailable', () => {
    const timeout = failure({ kind: 'timeout', execution: 'unknown', message: 'too late' });
    expect(summarize(timeout)).toEqual({
      kind: 'timeout',
      execution: 'unknown',
      code: 'ERR_REDIS_TIMEOUT',
      message: 'too late',
    });
    expect(summarize(classify(reply('BUSY wait'), dispatched))).toMatchObject({ reason: 'busy' });
  });

  it.each([
    { code: 'EHOSTUNREACH', told: 'EHOSTUNREACH' },
    { code: 'hunter2', told: 'ERR_REDIS_TRANSPORT' },
    { code: 'KEY:hunter2', told: 'ERR_REDIS_TRANSPORT' },
    { code: 'hunter2_KEY', told: 'ERR_REDIS_TRANSPORT' },
    { code: ['EHOSTUNREACH'], told: 'ERR_REDIS_TRANSPORT' },
  ])('takes for a code of the network what looks like one: $code', ({ code, told }) => {
    const cause = Object.assign(new Error('mine'), { code });
    const facts = { kind: 'transport', execution: 'unknown', message: 'lost', cause } as const;
    expect(summarize(failure(facts)).code).toBe(told);
  });

  it('tells of what kind its causes are, and has no list of them otherwise', () => {
    const facts = { kind: 'transport', execution: 'unknown', message: 'lost' } as const;
    const cause = new Error('a router was restarted');
    expect(summarize(failure({ ...facts, cause })).causes).toEqual(['Error']);
    expect(summarize(failure(facts))).not.toHaveProperty('causes');
  });

  it.each([
    { title: 'what is unknown', error: new Error('hunter2') },
    { title: 'what is no error', error: 'hunter2' },
    {
      title: 'arguments that cannot be encoded',
      error: new TypeError('hunter2 must be of type "string"'),
    },
  ])('does not repeat the words of $title', ({ error }) => {
    expect(JSON.stringify(summarize(classify(error, dispatched)))).not.toContain('hunter2');
  });
});
