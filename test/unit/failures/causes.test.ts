import { describe, expect, it } from 'vitest';
import { causesOf } from '../../../src/failures/causes.ts';
import { TransportError } from '../../../src/failures/errors.ts';
import { reply, systemError } from './client-errors.ts';

const refused = systemError('ECONNREFUSED', 'connect');

describe('the causes of a failure', () => {
  it.each([
    { title: 'of the network', cause: refused, texts: ['connect ECONNREFUSED 10.0.0.1:6379'] },
    {
      title: 'several at once, behind another',
      cause: new Error('hunter2', {
        cause: Object.assign(
          new AggregateError([refused, systemError('ETIMEDOUT', 'connect')], ''),
          {
            code: 'ECONNREFUSED',
          },
        ),
      }),
      texts: [
        'Error',
        'ECONNREFUSED',
        'connect ECONNREFUSED 10.0.0.1:6379',
        'connect ETIMEDOUT 10.0.0.1:6379',
      ],
    },
    { title: 'a reply, by its code', cause: reply('NOAUTH hunter2'), texts: ['NOAUTH'] },
    { title: 'something that is no error', cause: { code: 'hunter2' }, texts: [] },
    { title: 'nothing', cause: undefined, texts: [] },
  ])('are flat texts: $title', ({ cause, texts }) => {
    expect(causesOf(cause, 'failed')).toEqual(texts);
  });

  it('are left out where the message says them already', () => {
    expect(causesOf(refused, `Cannot connect: ${refused.message}`)).toEqual([]);
  });

  it('end, where they lead back to the first', () => {
    const first = new Error('a');
    first.cause = new TypeError('b', { cause: first });
    expect(causesOf(first, '')).toEqual(['Error', 'TypeError']);
  });

  it('stand in the JSON form of an error, where a logger prints a nested one as {}', () => {
    const facts = { command: 'GET', attempts: 1, elapsedMs: 5 } as const;
    const error = new TransportError(
      'The connection was lost',
      { kind: 'transport', code: 'ERR_REDIS_TRANSPORT', execution: 'unknown', ...facts },
      refused,
    );
    expect(JSON.parse(JSON.stringify({ error }))).toMatchObject({
      error: { causes: ['connect ECONNREFUSED 10.0.0.1:6379'] },
    });
  });
});
