import * as redis6 from 'redis-6';
import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/failures/classify.ts';
import { minified } from './client-errors.ts';

/** Keeps nothing of the class but its behaviour: no name of the original is left in its chain. */
const anonymous = (message: string): Error => {
  const type = class extends Error {};
  Object.defineProperty(type, 'name', { value: 'b' });
  return new type(message);
};

describe('classify of errors whose class was renamed by a bundler', () => {
  it.each([
    { message: 'Socket closed unexpectedly', kind: 'transport', execution: 'unknown' },
    { message: 'Disconnects client', kind: 'transport', execution: 'unknown' },
    { message: 'Connection timeout', kind: 'transport', execution: 'unknown' },
    { message: 'The client is closed', kind: 'transport', execution: 'not-sent' },
    { message: 'The client is offline', kind: 'transport', execution: 'not-sent' },
    { message: 'All the root nodes are unavailable', kind: 'transport', execution: 'not-sent' },
    {
      message: 'One (or more) of the watched keys has been changed',
      kind: 'conflict',
      execution: 'not-executed',
    },
    { message: 'LOADING Redis is loading', kind: 'unavailable', execution: 'not-executed' },
    { message: 'READONLY no writes here', kind: 'unavailable', execution: 'not-executed' },
    { message: 'ERR no such key', kind: 'not-found', execution: 'not-executed' },
    { message: 'ERR syntax error', kind: 'command', execution: 'not-executed' },
  ])('goes by the message: $message', ({ message, kind, execution }) => {
    expect(classify(anonymous(message), { dispatched: true })).toMatchObject({ kind, execution });
  });

  it('does not take any sentence for a reply', () => {
    for (const message of ['Nothing of the sort', 'ERROR in my code', 'SOMETHING happened', 'OK']) {
      expect(classify(anonymous(message), { dispatched: true }).kind).toBe('unknown');
    }
  });

  it('finds the class that a renamed class inherits from', () => {
    const Reply = minified(redis6.ErrorReply);
    expect(classify(new Reply('ODD code'), { dispatched: true })).toMatchObject({
      kind: 'command',
      replyCode: 'ODD',
    });
  });
});
