import * as redis6 from 'redis-6';
import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/failures/classify.ts';
import type { EndedBy } from '../../../src/failures/failure.ts';
import type { Execution, FailureKind } from '../../../src/failures/kinds.ts';
import { MAJORS, reply, systemError } from './client-errors.ts';

const dispatched = { dispatched: true };
const held = { dispatched: false };

interface Row {
  readonly title: string;
  readonly error: unknown;
  readonly kind: FailureKind;
  /** After dispatch; before it everything but an answer is `not-sent`. */
  readonly execution: Execution;
  readonly endedBy?: EndedBy;
}

describe.each(MAJORS)('classify of an error of redis $major', ({ errors }) => {
  it.each<Row>([
    {
      title: 'a socket that closed',
      error: new errors.SocketClosedUnexpectedlyError(),
      kind: 'transport',
      execution: 'unknown',
      endedBy: 'peer',
    },
    {
      title: 'a client that was disconnected',
      error: new errors.DisconnectsClientError(),
      kind: 'transport',
      execution: 'unknown',
      endedBy: 'us',
    },
    {
      title: 'a command that its signal ended',
      error: new errors.AbortError(),
      kind: 'transport',
      execution: 'unknown',
      endedBy: 'us',
    },
    {
      title: 'a connect that took too long',
      error: new errors.ConnectionTimeoutError(),
      kind: 'transport',
      execution: 'unknown',
      endedBy: 'us',
    },
    {
      title: 'a reconnect strategy that failed',
      error: new errors.ReconnectStrategyError(new Error('enough'), new Error('lost')),
      kind: 'transport',
      execution: 'unknown',
      endedBy: 'us',
    },
    {
      title: 'a client that is closed',
      error: new errors.ClientClosedError(),
      kind: 'transport',
      execution: 'not-sent',
    },
    {
      title: 'a client without its offline queue',
      error: new errors.ClientOfflineError(),
      kind: 'transport',
      execution: 'not-sent',
    },
    {
      title: 'a cluster without nodes',
      error: new errors.RootNodesUnavailableError(),
      kind: 'transport',
      execution: 'not-sent',
    },
    {
      title: 'a watched key that changed',
      error: new errors.WatchError(),
      kind: 'conflict',
      execution: 'not-executed',
      endedBy: 'server',
    },
    {
      title: 'a transaction of which some commands failed',
      error: new errors.MultiErrorReply([reply('ERR one')], [0]),
      kind: 'command',
      execution: 'executed',
      endedBy: 'server',
    },
    {
      title: 'an error reply',
      error: new errors.ErrorReply('WRONGTYPE Operation against a key'),
      kind: 'command',
      execution: 'not-executed',
      endedBy: 'server',
    },
  ])('knows $title', ({ error, kind, execution, endedBy }) => {
    const found = classify(error, dispatched);
    expect(found).toMatchObject({ kind, execution, ...(endedBy && { endedBy }) });
    const answered = execution === 'not-executed' || execution === 'executed';
    expect(classify(error, held).execution).toBe(answered ? execution : 'not-sent');
  });

  it('keeps a reply itself, and any other error only as the cause', () => {
    const wrongType = new errors.ErrorReply('WRONGTYPE no');
    const lost = new errors.SocketClosedUnexpectedlyError();
    expect(classify(wrongType, dispatched)).toMatchObject({ reply: wrongType });
    expect(classify(lost, dispatched).reply).toBeUndefined();
    expect(classify(lost, dispatched).cause).toBe(lost);
  });

  it('learns nothing of the server from a client that is closed', () => {
    const closed = new errors.ClientClosedError();
    expect(classify(closed, dispatched).verdict).toEqual({
      retry: 'when-safe',
      circuit: 'nothing',
      outage: true,
    });
    expect(classify(closed, held)).toMatchObject({ kind: 'closed', endedBy: 'us' });
  });

  it('hopes for another connection where a cluster has lost its way', () => {
    const { verdict } = classify(new errors.RootNodesUnavailableError(), dispatched);
    expect(verdict).toEqual({ retry: 'on-new-connection', circuit: 'unwell', outage: true });
  });
});

describe.each(MAJORS.slice(1))(
  'classify of an error that only redis 5 and 6 have',
  ({ errors }) => {
    const { BlobError, SimpleError, TimeoutError } = errors as (typeof MAJORS)[2]['errors'];

    it('takes a blob error for a reply like any other', () => {
      expect(classify(new BlobError('LOADING wait'), dispatched)).toMatchObject({
        kind: 'unavailable',
        reason: 'loading',
        endedBy: 'server',
      });
      expect(classify(new SimpleError('NOPERM no'), dispatched).kind).toBe('permission');
    });

    it('says something about a timeout of the client that says nothing itself', () => {
      const found = classify(new TimeoutError(), held);
      expect(found).toMatchObject({ kind: 'timeout', execution: 'not-sent', endedBy: 'us' });
      expect(found.message).toBe('The client did not send the command in time');
      expect(classify(new TimeoutError('too slow'), held).message).toBe('too slow');
      expect(classify(new TimeoutError(), dispatched).execution).toBe('unknown');
    });

    it('does not blame the peer for a socket that the client gave up', () => {
      const { SocketTimeoutError } = errors as (typeof MAJORS)[2]['errors'];
      expect(classify(new SocketTimeoutError(5), dispatched)).toMatchObject({
        kind: 'transport',
        execution: 'unknown',
        endedBy: 'us',
      });
    });

    it('tells a maintenance timeout from the timeout that it inherits from', () => {
      const { SocketTimeoutDuringMaintenanceError, CommandTimeoutDuringMaintenanceError } =
        errors as (typeof MAJORS)[2]['errors'];
      for (const type of [
        SocketTimeoutDuringMaintenanceError,
        CommandTimeoutDuringMaintenanceError,
      ]) {
        const error = new type(5);
        expect(classify(error, dispatched)).toMatchObject({
          kind: 'unavailable',
          reason: 'maintenance',
          execution: 'unknown',
          message: error.message,
        });
        error.message = '';
        expect(classify(error, held).message).toBe('The server is under maintenance');
      }
    });
  },
);

describe('classify of an error of Node', () => {
  it.each([
    { error: systemError('ECONNRESET', 'read') },
    { error: systemError('ECONNREFUSED', 'connect') },
    { error: systemError('EPIPE', 'write') },
    { error: systemError('ENOTFOUND', 'getaddrinfo') },
    { error: systemError('EAI_AGAIN', 'getaddrinfo') },
    { error: systemError('ECONNRESET') },
    { error: systemError('CERT_HAS_EXPIRED') },
    { error: systemError('DEPTH_ZERO_SELF_SIGNED_CERT') },
    { error: systemError('UNABLE_TO_VERIFY_LEAF_SIGNATURE') },
    { error: systemError('ERR_TLS_CERT_ALTNAME_INVALID') },
    { error: systemError('ERR_SSL_WRONG_VERSION_NUMBER') },
    { error: systemError('ERR_SOCKET_CLOSED') },
    { error: systemError('ERR_STREAM_DESTROYED') },
  ])('is transport: $error.message', ({ error }) => {
    expect(classify(error, held)).toMatchObject({ kind: 'transport', execution: 'not-sent' });
    expect(classify(error, dispatched)).toMatchObject({ kind: 'transport', execution: 'unknown' });
    expect(classify(error, dispatched).cause).toBe(error);
  });

  it('blames the peer for a reset', () => {
    expect(classify(systemError('ECONNRESET', 'read'), dispatched).endedBy).toBe('peer');
  });

  it('does not blame the peer for a path on which nobody was heard of', () => {
    expect(classify(systemError('ETIMEDOUT', 'read'), dispatched).endedBy).toBe('us');
  });

  it.each([
    { code: 'ERR_INVALID_ARG_VALUE' },
    { code: 'MY_ERROR' },
    { code: 'MY_ERR_SOCKET_POLICY' },
    { code: 'I_AM_UNABLE_TO' },
    { code: 7 },
  ])('does not take an error with another code for the network: $code', ({ code }) => {
    const error = Object.assign(new Error('odd'), { code });
    expect(classify(error, dispatched)).toMatchObject({ kind: 'unknown', execution: 'unknown' });
  });
});

describe('classify of what a cluster client stumbles over', () => {
  it.each([
    { message: "Cannot read properties of undefined (reading 'master')" },
    { message: "Cannot read properties of undefined (reading 'replicas')" },
    { message: 'Cannot find node 127.0.0.1:7001' },
  ])('is a cluster that is down where nobody has the slot: $message', ({ message }) => {
    const error = new TypeError(message);
    expect(classify(error, dispatched)).toMatchObject({
      kind: 'unavailable',
      reason: 'cluster-down',
      execution: 'not-sent',
      message: `No node of the cluster serves this slot (${message})`,
      cause: error,
    });
  });

  it('is a mistake of the command where it was sent from node to node without end', () => {
    const error = new redis6.MaxCommandRedirectionsError(new Error('MOVED 1 host:1'));
    expect(classify(error, dispatched)).toMatchObject({
      kind: 'command',
      execution: 'not-executed',
      message: 'Too many Cluster redirections',
      cause: error,
    });
  });
});

describe('classify of what the client could not read or write', () => {
  it.each([
    { message: "Unknown RESP type 'H'" },
    { message: 'Unknown RESP type 72 "H"' },
    { message: 'Cannot parse the reply' },
  ])('is transport for bytes that are no RESP: $message', ({ message }) => {
    expect(classify(new Error(message), dispatched)).toMatchObject({
      kind: 'transport',
      execution: 'unknown',
    });
  });

  it.each([
    { message: 'Invalid argument type' },
    { message: '"arguments[1]" must be of type "string | Buffer", got number instead.' },
  ])('is a command that was not sent for arguments like these: $message', ({ message }) => {
    expect(classify(new TypeError(message), dispatched)).toMatchObject({
      kind: 'command',
      execution: 'not-sent',
      endedBy: 'us',
    });
  });

  it('does not take another mistake of a program for a bad argument', () => {
    const mistake = new TypeError("Cannot read properties of null (reading 'x')");
    expect(classify(mistake, dispatched)).toMatchObject({ kind: 'unknown', execution: 'unknown' });
    expect(classify(new Error('must be of type "string"'), dispatched).kind).toBe('unknown');
  });
});

describe('classify of something that is no error', () => {
  it.each([
    { value: 'a string', message: 'a string' },
    { value: undefined, message: /undefined/ },
    { value: null, message: /object/ },
    { value: { message: 'secret' }, message: /object$/ },
  ])('is unknown: $value', ({ value, message }) => {
    const found = classify(value, dispatched);
    expect(found).toMatchObject({ kind: 'unknown', execution: 'unknown' });
    expect(found.cause).toBe(value);
    expect(found.message).toMatch(message);
    expect(classify(value, held).execution).toBe('not-sent');
  });
});

it('classifies an error whose class has no constructor', () => {
  const prototype = Object.create(Error.prototype, { constructor: { value: undefined } }) as object;
  const error = Object.create(prototype, { message: { value: 'LOADING wait' } }) as Error;
  expect(classify(error, dispatched)).toMatchObject({ kind: 'unavailable', reason: 'loading' });
});

describe('classify of an error whose message is no string', () => {
  it.each([{ message: 5 }, { message: undefined }, { message: { secret: 'hunter2' } }])(
    'is unknown, and has no message: $message',
    ({ message }) => {
      const error = Object.assign(new Error('odd'), { message });
      expect(classify(error, dispatched)).toMatchObject({
        kind: 'unknown',
        execution: 'unknown',
        message: '',
        cause: error,
      });
    },
  );
});
