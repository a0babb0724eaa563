import { failure, notSent, type Failure } from '../failures/failure.ts';

/**
 * What a connection could not be made for, and where. A command that the server rejects while
 * connecting (an unknown database, say) is a failed handshake; other replies keep their message.
 */
export function asHandshakeFailure(reason: Failure, address: string): Failure {
  // OpenSSL ends its messages with a newline.
  const message = `Cannot connect to ${address}: ${reason.message.trim()}`;
  if (reason.kind === 'transport') return { ...notSent(reason), message, address };
  if (reason.kind !== 'command' && reason.kind !== 'unknown') {
    return { ...notSent(reason), address };
  }
  return failure({
    kind: 'transport',
    execution: 'not-sent',
    message,
    address,
    replyCode: reason.replyCode,
    cause: reason.reply ?? reason.cause,
  });
}

/**
 * Whether the server or a certificate refused the connection, so that nobody who waits for one can be
 * helped by waiting longer. A server that is merely busy or full does not count.
 */
export function isRefusal(reason: Failure): boolean {
  if (reason.kind === 'auth') return true;
  if (reason.endedBy === 'server') return reason.kind !== 'unavailable';
  const { code } = (reason.cause ?? {}) as { code?: unknown };
  return typeof code === 'string' && /CERT|^ERR_TLS|^UNABLE_TO/.test(code);
}
