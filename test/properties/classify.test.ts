import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify } from '../../src/failures/classify.ts';
import { toError } from '../../src/failures/to-error.ts';
import { ResilienceError } from '../../src/failures/errors.ts';
import { VERDICTS } from '../../src/failures/kinds.ts';
import { summarize } from '../../src/telemetry/redact.ts';

const EXECUTIONS = ['not-sent', 'not-executed', 'unknown', 'executed'];

/** Errors as anybody may build them: any class name, message, code and properties. */
const anyError = fc
  .record({
    className: fc.oneof(
      fc.string(),
      fc.constantFrom('ErrorReply', 'SimpleError', 'TimeoutError', 'WatchError', 'AbortError'),
    ),
    message: fc.oneof(
      fc.string(),
      fc
        .tuple(fc.constantFrom('ERR', 'LOADING', 'BUSY', 'READONLY', 'X'), fc.string())
        .map((parts) => parts.join(' ')),
    ),
    properties: fc.dictionary(fc.constantFrom('code', 'syscall', 'errno', 'cause'), fc.anything()),
  })
  .map(({ className, message, properties }) => {
    const type = class extends Error {};
    Object.defineProperty(type, 'name', { value: className });
    return Object.assign(new type(message), properties);
  });

const facts = fc.record({ dispatched: fc.boolean(), script: fc.boolean() });

describe('classify', () => {
  it('finds a kind, an execution and a verdict for anything that can be thrown', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), anyError), facts, (thrown, attempt) => {
        const found = classify(thrown, attempt);
        expect(VERDICTS).toHaveProperty([found.kind]);
        expect(EXECUTIONS).toContain(found.execution);
        expect(found.verdict).toBeDefined();
        expect(typeof found.message).toBe('string');
        if (found.endedBy !== 'server' && !attempt.dispatched) {
          expect(found.execution).toBe('not-sent');
        }
      }),
      { numRuns: 500 },
    );
  });

  it('leads to an error that can be told, logged and printed', () => {
    const call = { command: 'GET', attempts: 1, elapsedMs: 1 };
    fc.assert(
      fc.property(fc.oneof(fc.anything(), anyError), facts, (thrown, attempt) => {
        const found = classify(thrown, attempt);
        const error = toError(found, call);
        expect(error).toBeInstanceOf(ResilienceError);
        expect(JSON.parse(JSON.stringify(error))).toMatchObject({ kind: found.kind, ...call });
        expect(inspect(error)).toContain(found.kind);
        expect(JSON.parse(JSON.stringify(summarize(found)))).toMatchObject({ kind: found.kind });
      }),
      { numRuns: 300 },
    );
  });
});
