import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/failures/classify.ts';
import type { FailureKind, UnavailableReason } from '../../../src/failures/kinds.ts';
import { looksLikeReply, meaningOf, replyCodeOf } from '../../../src/failures/replies.ts';
import { reply } from './client-errors.ts';

interface Row {
  readonly message: string;
  readonly kind: FailureKind;
  readonly reason?: UnavailableReason;
}

describe('meaningOf', () => {
  it.each<Row>([
    { message: 'WRONGPASS invalid username-password pair', kind: 'auth' },
    { message: 'NOAUTH Authentication required.', kind: 'auth' },
    { message: 'NOPERM this user has no permissions', kind: 'permission' },
    { message: 'DENIED Redis is running in protected mode', kind: 'permission' },
    { message: 'NOSCRIPT No matching script.', kind: 'not-found' },
    { message: "NOGROUP No such key 'k' or consumer group 'g'", kind: 'not-found' },
    { message: 'LOADING Redis is loading the dataset', kind: 'unavailable', reason: 'loading' },
    { message: 'BUSY Redis is busy running a script', kind: 'unavailable', reason: 'busy' },
    { message: 'MASTERDOWN Link is down', kind: 'unavailable', reason: 'master-down' },
    { message: 'NOMASTERLINK Cannot sync', kind: 'unavailable', reason: 'master-down' },
    {
      message: 'CLUSTERDOWN The cluster is down',
      kind: 'unavailable',
      reason: 'cluster-down',
    },
    { message: 'TRYAGAIN Multiple keys', kind: 'unavailable', reason: 'try-again' },
    { message: 'NOREPLICAS Not enough replicas', kind: 'unavailable', reason: 'no-replicas' },
    { message: "READONLY You can't write", kind: 'unavailable', reason: 'read-only' },
    { message: 'UNBLOCKED force unblock', kind: 'unavailable', reason: 'read-only' },
    { message: 'OOM command not allowed', kind: 'unavailable', reason: 'out-of-memory' },
    { message: 'MISCONF Redis is configured', kind: 'unavailable', reason: 'persistence' },
    {
      message: 'ERR max number of clients reached',
      kind: 'unavailable',
      reason: 'max-clients',
    },
    { message: 'ERR no such key', kind: 'not-found' },
    { message: 'ERR The XGROUP subcommand requires the key to exist.', kind: 'not-found' },
    { message: 'ERR Library not found', kind: 'not-found' },
    { message: 'idx: no such index', kind: 'not-found' },
    { message: 'Unknown Index name', kind: 'not-found' },
    { message: 'ERR invalid password', kind: 'auth' },
    {
      message: 'ERR AUTH <password> called without any password configured for the default user.',
      kind: 'auth',
    },
    { message: 'ERR Client sent AUTH, but no password is set', kind: 'auth' },
    { message: 'WRONGTYPE Operation against a key', kind: 'command' },
    { message: "CROSSSLOT Keys in request don't hash", kind: 'command' },
    { message: 'EXECABORT Transaction discarded', kind: 'command' },
    { message: 'BUSYGROUP Consumer Group name already exists', kind: 'command' },
    { message: 'BUSYKEY Target key name already exists.', kind: 'command' },
    { message: 'MOVED 3999 127.0.0.1:6381', kind: 'command' },
    { message: 'NOPROTO unsupported protocol version', kind: 'command' },
    { message: 'ERR syntax error', kind: 'command' },
    { message: "ERR unknown command 'NOPE'", kind: 'command' },
    {
      message: "ERR unknown command 'FOO', with args beginning with: 'max number of clients' ",
      kind: 'command',
    },
    { message: 'LOADINGDOCK no such code', kind: 'command' },
    { message: 'Loading the dataset', kind: 'command' },
    { message: 'constructor is no code', kind: 'command' },
    { message: '', kind: 'command' },
  ])('of "$message" is $kind', ({ message, kind, reason }) => {
    const meaning = meaningOf(message);
    expect(meaning.kind).toBe(kind);
    expect(meaning.reason).toBe(reason);
  });

  it('matches the whole first word, so that BUSYGROUP is not BUSY', () => {
    expect(meaningOf('BUSY now').reason).toBe('busy');
    expect(meaningOf('BUSY').reason).toBe('busy');
    expect(meaningOf('BUSYGROUP exists').reason).toBeUndefined();
    expect(meaningOf('ERR BUSY now').reason).toBeUndefined();
  });

  it.each([
    { inner: "READONLY You can't write against a read only replica.", reason: 'read-only' },
    { inner: "OOM command not allowed when used memory > 'maxmemory'.", reason: 'out-of-memory' },
  ])('finds $reason where a server before 7 wraps it', ({ inner, reason }) => {
    const message = `ERR Error running script (call to f_6b1bf486c81ceb7edf3c093f4c48582e38c0e791): @user_script:1: @user_script: 1: -${inner}`;
    expect(meaningOf(message)).toMatchObject({ kind: 'unavailable', reason });
  });
});

describe('replyCodeOf', () => {
  it.each([
    { message: 'WRONGTYPE Operation', code: 'WRONGTYPE' },
    { message: 'NOAUTH', code: 'NOAUTH' },
    { message: 'ERR syntax error', code: 'ERR' },
    { message: 'secret value', code: 'ERR' },
    { message: 'secret VALUE of mine', code: 'ERR' },
    { message: 'SECRET-value', code: 'ERR' },
    { message: 'my-index: no such index', code: 'ERR' },
    { message: '', code: 'ERR' },
  ])('of "$message" is $code', ({ message, code }) => {
    expect(replyCodeOf(message)).toBe(code);
  });
});

describe('looksLikeReply', () => {
  it.each([
    { message: 'LOADING Redis', is: true },
    { message: 'ERR anything', is: true },
    { message: 'ERROR anything', is: false },
    { message: 'WHATEVER it is', is: false },
    { message: 'toString of a thing', is: false },
  ])('of "$message" is $is', ({ message, is }) => {
    expect(looksLikeReply(message)).toBe(is);
  });
});

describe('classify of a reply to a script', () => {
  const answered = (message: string, script: boolean) =>
    classify(reply(message), { dispatched: true, script }).execution;

  it.each([
    { message: 'WRONGTYPE Operation against a key' },
    { message: "READONLY You can't write" },
    { message: 'BUSY Redis is busy' },
    { message: 'ERR user_script:1: my own words' },
    { message: 'ERR no such key script: abc, on @user_script:1.' },
  ])('leaves open what it did before it failed: $message', ({ message }) => {
    expect(answered(message, true)).toBe('unknown');
    expect(answered(message, false)).toBe('not-executed');
  });

  it('is certain where the script never began', () => {
    expect(answered('NOSCRIPT No matching script.', true)).toBe('not-executed');
    expect(answered('NOAUTH Authentication required.', true)).toBe('not-executed');
  });
});

describe('classify of EXECABORT', () => {
  it('teaches the circuit nothing, because redis 4 hides the reason', () => {
    const { kind, verdict } = classify(reply('EXECABORT Transaction discarded'), {
      dispatched: true,
    });
    expect(kind).toBe('command');
    expect(verdict).toEqual({ retry: 'never', circuit: 'nothing', outage: false });
  });
});
