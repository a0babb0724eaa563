import { describe, expect, it } from 'vitest';
import { failure } from '../../../src/failures/failure.ts';
import { REASON_VERDICTS, VERDICTS, type Verdict } from '../../../src/failures/kinds.ts';

const print = (table: Readonly<Record<string, Verdict>>): string[] =>
  Object.entries(table).map(
    ([name, { retry, circuit, outage }]) =>
      `${name} | ${retry} | ${circuit} | ${outage ? 'outage' : '-'}`,
  );

describe('VERDICTS', () => {
  it('says of each kind what the design says', () => {
    expect(print(VERDICTS)).toEqual([
      'not-found | never | well | -',
      'auth | with-new-credentials | nothing | outage',
      'permission | never | well | -',
      'transport | when-safe | unwell | outage',
      'timeout | when-safe | unwell | outage',
      'unavailable | when-server-recovers | unwell | outage',
      'command | never | well | -',
      'conflict | never | well | -',
      'circuit-open | never | nothing | outage',
      'overloaded | never | nothing | outage',
      'aborted | never | nothing | -',
      'closed | never | nothing | -',
      'unknown | never | nothing | -',
    ]);
  });

  it('never lets what keeps only writes out close the door to reads', () => {
    expect(print(REASON_VERDICTS)).toEqual([
      'maintenance | when-server-recovers | nothing | outage',
      'no-replicas | when-server-recovers | nothing | outage',
      'read-only | on-new-connection | nothing | outage',
      'out-of-memory | never | nothing | outage',
      'persistence | never | nothing | outage',
    ]);
  });
});

describe('failure', () => {
  const base = { execution: 'not-executed', message: 'no' } as const;

  it('takes the verdict of its reason where that has one, else of its kind', () => {
    const unavailable = { ...base, kind: 'unavailable' } as const;
    expect(failure({ ...unavailable, reason: 'loading' }).verdict).toBe(VERDICTS.unavailable);
    expect(failure({ ...unavailable, reason: 'persistence' }).verdict).toBe(
      REASON_VERDICTS.persistence,
    );
  });

  it('was ended by us unless it says otherwise', () => {
    expect(failure({ ...base, kind: 'timeout' }).endedBy).toBe('us');
    expect(failure({ ...base, kind: 'timeout', endedBy: 'peer' }).endedBy).toBe('peer');
  });
});
