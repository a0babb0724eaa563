import { describe, expect, it } from 'vitest';
import { failure, notSent, waitedInVain, worstExecution } from '../../../src/failures/failure.ts';
import type { Execution } from '../../../src/failures/kinds.ts';
import { reply } from './client-errors.ts';

const ORDER: readonly Execution[] = ['not-sent', 'not-executed', 'unknown', 'executed'];

describe('worstExecution', () => {
  it.each(ORDER.flatMap((a, i) => ORDER.map((b, j) => ({ a, b, worst: ORDER[Math.max(i, j)] }))))(
    'of $a and $b is $worst',
    ({ a, b, worst }) => {
      expect(worstExecution(a, b)).toBe(worst);
    },
  );
});

describe('notSent', () => {
  it('says that nothing was sent where that was not known of the attempt itself', () => {
    const lost = failure({ kind: 'transport', execution: 'unknown', message: 'reset' });
    expect(notSent(lost)).toMatchObject({ kind: 'transport', execution: 'not-sent' });
  });

  it('makes of a reply that somebody else got the cause of one who was not sent', () => {
    const refused = reply('WRONGPASS no');
    const original = failure({
      kind: 'auth',
      execution: 'not-executed',
      endedBy: 'server',
      message: refused.message,
      replyCode: 'WRONGPASS',
      reply: refused,
    });
    expect(notSent(original)).toEqual({
      ...original,
      execution: 'not-executed',
      reply: undefined,
      cause: refused,
    });
    expect(original.reply).toBe(refused);
  });

  it('keeps a cause', () => {
    const cause = new Error('reset');
    const lost = failure({ kind: 'transport', execution: 'unknown', message: 'lost', cause });
    expect(notSent(lost)).toMatchObject({ execution: 'not-sent', cause });
  });
});

describe('waitedInVain', () => {
  it('leaves no further try to a call that waited for the failure to pass, and all else as it is', () => {
    const loading = failure({
      kind: 'unavailable',
      reason: 'loading',
      execution: 'unknown',
      message: 'LOADING wait',
    });
    expect(waitedInVain(loading)).toEqual({
      ...notSent(loading),
      verdict: { retry: 'never', circuit: 'unwell', outage: true },
    });
    expect(loading.verdict.retry).toBe('when-server-recovers');
  });
});
