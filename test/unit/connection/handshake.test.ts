import { describe, expect, it } from 'vitest';
import { asHandshakeFailure, isRefusal } from '../../../src/connection/handshake.ts';
import { classify } from '../../../src/failures/classify.ts';
import { failure, type Failure } from '../../../src/failures/failure.ts';
import { reply, systemError } from '../failures/client-errors.ts';

const answered = (message: string) => classify(reply(message), { dispatched: true });
const emitted = (code: string, syscall?: string) =>
  classify(systemError(code, syscall), { dispatched: false });

const ADDRESS = 'redis://127.0.0.1:6379/99';

describe('a failed handshake', () => {
  it.each([
    { title: 'WRONGPASS', reason: answered('WRONGPASS no'), refusal: true },
    { title: 'NOAUTH', reason: answered('NOAUTH no'), refusal: true },
    { title: 'NOPERM', reason: answered('NOPERM no'), refusal: true },
    { title: 'no such database', reason: answered('ERR DB index is out of range'), refusal: true },
    { title: 'an expired certificate', reason: emitted('CERT_HAS_EXPIRED'), refusal: true },
    {
      title: 'an unknown authority',
      reason: emitted('UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
      refusal: true,
    },
    {
      title: 'a wrong host in the certificate',
      reason: emitted('ERR_TLS_CERT_ALTNAME_INVALID'),
      refusal: true,
    },
    { title: 'a full server', reason: answered('ERR max number of clients'), refusal: false },
    { title: 'a loading server', reason: answered('LOADING wait'), refusal: false },
    {
      title: 'a server that is not there',
      reason: emitted('ECONNREFUSED', 'connect'),
      refusal: false,
    },
    {
      title: 'a failure of something else over a certificate',
      reason: failure({
        ...{ kind: 'transport', execution: 'not-sent', message: 'no' },
        cause: { code: 'MY_ERR_TLS_UNABLE_TO' },
      }),
      refusal: false,
    },
    { title: 'a reset', reason: emitted('ECONNRESET', 'read'), refusal: false },
  ])('is a refusal, which waiting cannot help, with $title: $refusal', ({ reason, refusal }) => {
    expect(isRefusal(reason)).toBe(refusal);
  });

  it('makes a rejected command a connection that could not be made', () => {
    const reason = answered('ERR DB index is out of range');
    expect(asHandshakeFailure(reason, ADDRESS)).toMatchObject({
      kind: 'transport',
      execution: 'not-sent',
      message: `Cannot connect to ${ADDRESS}: ERR DB index is out of range`,
      address: ADDRESS,
      replyCode: 'ERR',
      cause: reason.reply,
      verdict: { outage: true },
    });
    expect(asHandshakeFailure(reason, ADDRESS).reply).toBeUndefined();
    const odd = failure({ kind: 'unknown', execution: 'unknown', message: 'odd', cause: 1 });
    expect(asHandshakeFailure(odd, ADDRESS)).toMatchObject({ kind: 'transport', cause: 1 });
  });

  it.each([
    { reason: answered('WRONGPASS no'), kind: 'auth', execution: 'not-executed' },
    { reason: answered('LOADING wait'), kind: 'unavailable', execution: 'not-executed' },
    { reason: emitted('ECONNREFUSED', 'connect'), kind: 'transport', execution: 'not-sent' },
  ])('stays $kind, and leaves no doubt about what waits for it', ({ reason, kind, execution }) => {
    expect(asHandshakeFailure(reason, ADDRESS)).toMatchObject({
      kind,
      execution,
      address: ADDRESS,
    });
  });

  it('says where, except in the words of the server', () => {
    const message = (reason: Failure) => asHandshakeFailure(reason, ADDRESS).message;
    expect(message(answered('WRONGPASS no'))).toBe('WRONGPASS no');
    expect(message(emitted('CERT_HAS_EXPIRED'))).toBe(
      `Cannot connect to ${ADDRESS}: tls CERT_HAS_EXPIRED 10.0.0.1:6379`,
    );
    // As OpenSSL says it, with the end of the line.
    const wordy = failure({ kind: 'transport', execution: 'not-sent', message: 'bad record\n' });
    expect(message(wordy)).toBe(`Cannot connect to ${ADDRESS}: bad record`);
  });
});
