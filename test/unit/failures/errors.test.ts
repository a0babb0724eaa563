import { inspect } from 'node:util';
import * as redis6 from 'redis-6';
import { describe, expect, it } from 'vitest';
import * as library from '../../../src/index.ts';
import { classify } from '../../../src/failures/classify.ts';
import { ERRORS } from '../../../src/failures/errors.ts';
import { failure } from '../../../src/failures/failure.ts';
import { isOutage } from '../../../src/failures/is-outage.ts';
import { VERDICTS, type FailureKind } from '../../../src/failures/kinds.ts';
import { toError } from '../../../src/failures/to-error.ts';
import { reply } from './client-errors.ts';

const CALL = { command: 'GET', attempts: 2, elapsedMs: 12.5 };
const KINDS = Object.keys(VERDICTS) as FailureKind[];
const SECRET = 'hunter2';

const ofKind = (kind: FailureKind) =>
  toError(failure({ kind, execution: 'unknown', message: 'it failed' }), CALL);
const ofReply = (message: string) => toError(classify(reply(message), { dispatched: true }), CALL);

describe('toError', () => {
  it.each([
    { kind: 'not-found', type: library.NotFoundError, code: 'ERR_REDIS_NOT_FOUND' },
    { kind: 'auth', type: library.AuthError, code: 'ERR_REDIS_AUTH' },
    { kind: 'permission', type: library.PermissionError, code: 'ERR_REDIS_PERMISSION' },
    { kind: 'transport', type: library.TransportError, code: 'ERR_REDIS_TRANSPORT' },
    { kind: 'timeout', type: library.CommandTimeoutError, code: 'ERR_REDIS_TIMEOUT' },
    { kind: 'unavailable', type: library.UnavailableError, code: 'ERR_REDIS_UNAVAILABLE' },
    { kind: 'command', type: library.CommandError, code: 'ERR_REDIS_COMMAND' },
    { kind: 'conflict', type: library.ConflictError, code: 'ERR_REDIS_CONFLICT' },
    { kind: 'circuit-open', type: library.CircuitOpenError, code: 'ERR_REDIS_CIRCUIT_OPEN' },
    { kind: 'overloaded', type: library.OverloadedError, code: 'ERR_REDIS_OVERLOADED' },
    { kind: 'aborted', type: library.AbortedError, code: 'ERR_REDIS_ABORTED' },
    { kind: 'closed', type: library.ClosedError, code: 'ERR_REDIS_CLOSED' },
    { kind: 'unknown', type: library.ResilienceError, code: 'ERR_REDIS_UNKNOWN' },
  ] as const)('makes a $type.name of $kind', ({ kind, type, code }) => {
    const error = ofKind(kind);
    expect(error).toBeInstanceOf(Error);
    expect(Object.getPrototypeOf(error)).toBe(type.prototype);
    expect(error).toMatchObject({ kind, code, execution: 'unknown', message: 'it failed' });
    expect(error).toMatchObject(CALL);
    expect(error.name).toBe(kind === 'aborted' ? 'AbortError' : type.name);
  });

  it('covers every kind', () => {
    expect(Object.keys(ERRORS)).toEqual(KINDS);
  });

  it('hands out a reply itself, annotated, with its class and message', () => {
    const original = new redis6.SimpleError('WRONGTYPE Operation');
    const error = toError(classify(original, { dispatched: true }), CALL);
    expect(error).toBe(original);
    expect(error).toBeInstanceOf(redis6.SimpleError);
    expect(error).toBeInstanceOf(library.CommandError);
    expect(error.message).toBe('WRONGTYPE Operation');
    expect(error).toMatchObject({ ...CALL, kind: 'command', execution: 'not-executed' });
  });

  it('annotates a reply again where it becomes the outcome of a later attempt', () => {
    const original = reply('LOADING wait');
    const once = classify(original, { dispatched: true });
    toError(once, CALL);
    const again = toError({ ...once, execution: 'unknown' }, { ...CALL, attempts: 3 });
    expect(again).toMatchObject({ execution: 'unknown', attempts: 3, reason: 'loading' });
  });

  it('wraps an error that many calls share, and never changes it', () => {
    const shared = Object.freeze(new redis6.SocketClosedUnexpectedlyError());
    const errors = [1, 2].map((attempts) =>
      toError(classify(shared, { dispatched: true }), { ...CALL, attempts }),
    );
    expect(errors.map((error) => error.attempts)).toEqual([1, 2]);
    for (const error of errors) {
      expect(error).not.toBe(shared);
      expect(error.message).toBe(shared.message);
      expect(error.cause).toBe(shared);
      expect(error).toBeInstanceOf(library.TransportError);
    }
    expect(shared).not.toBeInstanceOf(library.ResilienceError);
  });

  it('carries the reason of unavailable and the wait of an open circuit', () => {
    const busy = ofReply('BUSY wait');
    expect(busy).toMatchObject({ reason: 'busy' });
    const open = failure({ kind: 'circuit-open', execution: 'not-sent', message: 'no' });
    expect(toError({ ...open, retryAfterMs: 300 }, CALL)).toMatchObject({ retryAfterMs: 300 });
    expect(toError(open, CALL)).toMatchObject({ retryAfterMs: 0 });
    expect('retryAfterMs' in busy).toBe(false);
  });

  it('has no stack of its own unless it is asked for, and restores the limit', () => {
    const limit = Error.stackTraceLimit;
    const lost = failure({ kind: 'transport', execution: 'unknown', message: 'lost' });
    expect(toError(lost, CALL).stack).not.toContain('\n    at ');
    expect(toError(lost, CALL, true).stack).toContain('\n    at ');
    expect(Error.stackTraceLimit).toBe(limit);
    expect(new Error('mine').stack).toContain('\n    at ');
  });

  it('says where a connection was tried that could not be made', () => {
    const address = 'redis://host:6379';
    const refused = failure({ kind: 'transport', execution: 'not-sent', message: 'no', address });
    const error = toError(refused, CALL);
    expect(error.address).toBe(address);
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ address });
    const told = classify(reply('LOADING wait'), { dispatched: true });
    expect(toError({ ...told, address }, CALL)).toMatchObject({ address, reason: 'loading' });
  });

  it.each(['cause', 'address', 'reason'])('has no %s where there is none', (fact) => {
    for (const kind of KINDS) expect(fact in ofKind(kind)).toBe(false);
    expect(fact in ofReply('WRONGTYPE no')).toBe(false);
  });

  it('adds its facts to what can be enumerated of a reply, and nothing else', () => {
    const original = reply('WRONGTYPE Operation');
    const before = Reflect.ownKeys(Object.assign({}, original));
    const after = Reflect.ownKeys(
      Object.assign({}, toError(classify(original, { dispatched: true }), CALL)),
    );
    const facts = ['kind', 'code', 'execution', 'command', 'attempts', 'elapsedMs'];
    expect(after.filter((key) => !before.includes(key))).toEqual(facts);
  });
});

describe('instanceof', () => {
  it('tells the kinds apart, for our errors and for replies', () => {
    for (const error of [ofKind('not-found'), ofReply('NOSCRIPT none')]) {
      expect(error).toBeInstanceOf(library.NotFoundError);
      expect(error).toBeInstanceOf(library.ResilienceError);
      expect(error).not.toBeInstanceOf(library.CommandError);
    }
  });

  it.each([{ value: new Error('x') }, { value: null }, { value: 'text' }, { value: {} }])(
    'is false for $value',
    ({ value }) => {
      expect(value instanceof library.ResilienceError).toBe(false);
      expect(value instanceof library.NotFoundError).toBe(false);
    },
  );

  it('knows errors of another copy of the library', () => {
    const foreign = { [Symbol.for('redis-resilience.kind')]: 'timeout' };
    expect(foreign).toBeInstanceOf(library.CommandTimeoutError);
    expect(foreign).toBeInstanceOf(library.ResilienceError);
  });
});

describe('what is printed of an error', () => {
  const quoting = `ERR unknown command 'X', with args beginning with: '${SECRET}'`;
  const printed = (error: unknown) =>
    [JSON.stringify(error), inspect(error), inspect({ nested: error }, { depth: 9 })].join('\n');

  it('never contains the text of a reply, but its code', () => {
    const error = ofReply(quoting);
    expect(error.message).toBe(quoting);
    expect(printed(error)).not.toContain(SECRET);
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      ...CALL,
      reply: 'ERR',
      kind: 'command',
      code: 'ERR_REDIS_COMMAND',
    });
    expect(inspect(error)).toContain("reply: 'ERR'");
  });

  it('never contains the replies inside a transaction', () => {
    const failed = new redis6.MultiErrorReply([reply(quoting), SECRET as never], [0]);
    expect(printed(toError(classify(failed, { dispatched: true }), CALL))).not.toContain(SECRET);
  });

  it('never contains a reply that is the cause of another failure', () => {
    const cause = reply(`NOPERM ${SECRET} has no permissions`);
    const handshake = failure({
      kind: 'transport',
      execution: 'not-sent',
      message: cause.message,
      replyCode: 'NOPERM',
      cause,
    });
    const error = toError(handshake, CALL);
    expect(error.cause).toBe(cause);
    expect(printed(error)).not.toContain(SECRET);
    expect(printed(cause)).not.toContain(SECRET);
    expect(printed(error)).toContain('NOPERM');
    const refusal = failure({
      kind: 'circuit-open',
      execution: 'not-sent',
      message: 'open',
      cause: error,
    });
    expect(printed(toError(refusal, CALL))).not.toContain(SECRET);
  });

  it('leaves out what is not known', () => {
    expect(inspect(ofReply(quoting))).not.toContain('undefined');
  });

  it('says what an error of ours is about', () => {
    const json: unknown = JSON.parse(JSON.stringify(ofKind('timeout')));
    expect(json).toEqual({
      name: 'CommandTimeoutError',
      message: 'it failed',
      kind: 'timeout',
      code: 'ERR_REDIS_TIMEOUT',
      execution: 'unknown',
      ...CALL,
    });
  });
});

describe('isOutage', () => {
  const OUTAGES: readonly FailureKind[] = [
    'auth',
    'transport',
    'timeout',
    'unavailable',
    'circuit-open',
    'overloaded',
  ];

  it.each(KINDS.map((kind) => ({ kind, outage: OUTAGES.includes(kind) })))(
    'of $kind is $outage',
    ({ kind, outage }) => {
      expect(isOutage(ofKind(kind))).toBe(outage);
    },
  );

  it('counts a client that closed because it gave up, and not one that its user closed', () => {
    const closed = failure({ kind: 'closed', execution: 'not-sent', message: 'closed' });
    expect(isOutage(toError(closed, CALL))).toBe(false);
    expect(isOutage(toError({ ...closed, cause: new Error('refused') }, CALL))).toBe(true);
  });

  it('goes by the kind, whatever the cause', () => {
    const facts = { execution: 'not-sent', message: 'no', cause: new Error('reset') } as const;
    const mistake = failure({ kind: 'command', ...facts });
    expect(isOutage(toError(mistake, CALL))).toBe(false);
  });

  it('accepts replies of the server, and nothing that is not ours', () => {
    expect(isOutage(ofReply('LOADING wait'))).toBe(true);
    expect(isOutage(ofReply('WRONGTYPE no'))).toBe(false);
    expect(isOutage(new Error('LOADING wait'))).toBe(false);
    expect(isOutage(undefined)).toBe(false);
  });
});
