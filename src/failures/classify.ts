import { failure, type Failure } from './failure.ts';
import { VERDICTS } from './kinds.ts';
import { looksLikeReply, meaningOf, replyCodeOf } from './replies.ts';

/** What is known about the attempt that an error ended. */
export interface AttemptFacts {
  /** Whether the command was handed to a connection; if not, it was certainly not sent. */
  readonly dispatched: boolean;
  /** Scripts and functions may answer with any code after they have written. */
  readonly script?: boolean;
  /** Whether the client itself cannot make a command of the arguments; asked after a TypeError only. */
  readonly argumentsRefused?: () => boolean;
}

type ClientRule = (error: Error, facts: AttemptFacts) => Failure;

const lost: ClientRule = (error, { dispatched }) =>
  failure({
    kind: 'transport',
    execution: dispatched ? 'unknown' : 'not-sent',
    endedBy: 'peer',
    message: messageOf(error) || 'The connection was lost',
    cause: error,
  });

/** Ended on our side or by a dead path: the server may still execute what it was sent. */
const dropped: ClientRule = (error, facts) => ({ ...lost(error, facts), endedBy: 'us' });

/** From a call it means that the connection it was handed to is gone or not there yet: no news of the server. */
const closed: ClientRule = (error, facts) =>
  facts.dispatched
    ? { ...neverWritten(error, facts), verdict: { ...VERDICTS.transport, circuit: 'nothing' } }
    : failure({ kind: 'closed', execution: 'not-sent', message: messageOf(error) });

const neverWritten: ClientRule = (error) =>
  failure({ kind: 'transport', execution: 'not-sent', message: messageOf(error), cause: error });

/** The cluster client cannot find out who serves a slot; a fresh one may. */
const lostItsWay: ClientRule = (error, facts) => ({
  ...neverWritten(error, facts),
  verdict: { ...VERDICTS.transport, retry: 'on-new-connection' },
});

/** The cluster client has nobody to send it to, until a node takes the slot over. */
const noNode: ClientRule = (error) =>
  failure({
    kind: 'unavailable',
    reason: 'cluster-down',
    execution: 'not-sent',
    message: `No node of the cluster serves this slot (${messageOf(error)})`,
    cause: error,
  });

/** Sent from node to node without end, as keys of several slots are in a transaction. */
const misdirected: ClientRule = (error) =>
  failure({ kind: 'command', execution: 'not-executed', message: messageOf(error), cause: error });

const conflict: ClientRule = (error) =>
  failure({
    kind: 'conflict',
    execution: 'not-executed',
    endedBy: 'server',
    message: messageOf(error),
    reply: error,
  });

const timedOut: ClientRule = (error, facts) =>
  failure({
    kind: 'timeout',
    execution: sent(facts),
    message: messageOf(error) || 'The client did not send the command in time',
    cause: error,
  });

const maintenance: ClientRule = (error, { dispatched }) =>
  failure({
    kind: 'unavailable',
    reason: 'maintenance',
    execution: dispatched ? 'unknown' : 'not-sent',
    message: messageOf(error) || 'The server is under maintenance',
    cause: error,
  });

const partlyExecuted: ClientRule = (error) =>
  failure({
    kind: 'command',
    execution: 'executed',
    endedBy: 'server',
    message: messageOf(error),
    replyCode: 'EXEC',
    reply: error,
  });

/** Errors of the client itself, by class; the message is the second key where a bundler renamed classes. */
const CLIENT_ERRORS: readonly (readonly [
  name: string,
  message: string | undefined,
  rule: ClientRule,
])[] = [
  ['MultiErrorReply', undefined, partlyExecuted],
  ['WatchError', 'One (or more) of the watched keys has been changed', conflict],
  ['ClientClosedError', 'The client is closed', closed],
  ['ClientOfflineError', 'The client is offline', neverWritten],
  ['SocketClosedUnexpectedlyError', 'Socket closed unexpectedly', lost],
  ['DisconnectsClientError', 'Disconnects client', dropped],
  ['ConnectionTimeoutError', 'Connection timeout', dropped],
  ['RootNodesUnavailableError', 'All the root nodes are unavailable', lostItsWay],
  ['MaxCommandRedirectionsError', undefined, misdirected],
  ['ReconnectStrategyError', undefined, dropped],
  ['SocketTimeoutDuringMaintenanceError', undefined, maintenance],
  ['CommandTimeoutDuringMaintenanceError', undefined, maintenance],
  ['SocketTimeoutError', undefined, dropped],
  ['TimeoutError', undefined, timedOut],
  ['AbortError', undefined, dropped],
];

/** The decoders of redis 4, 5 and 6 say this of bytes that are no RESP. */
const UNDECODABLE = /unknown RESP type|cannot parse|invalid RESP/i;

/** The cluster clients stumble over a slot or a node that nobody has. */
const NO_NODE =
  /^Cannot read properties of undefined \(reading '(master|replicas|client|connectPromise)'\)|^Cannot find node /;

/** The encoders say this of an argument that is no string, buffer or number. */
const UNENCODABLE = /invalid argument type|must be of type/i;

/** Turns anything that a client can reject or emit into a failure; total, for any value. */
export function classify(error: unknown, facts: AttemptFacts): Failure {
  if (!(error instanceof Error)) {
    return failure({
      kind: 'unknown',
      execution: sent(facts),
      message: describe(error),
      cause: error,
    });
  }
  const classes = classNames(error);
  const rule = CLIENT_ERRORS.find(([name]) => classes.includes(name))?.[2];
  if (rule) return rule(error, facts);
  if (classes.includes('ErrorReply')) return classifyReply(error, facts);

  const message = messageOf(error);
  const byMessage = CLIENT_ERRORS.find(([, text]) => text !== undefined && text === message)?.[2];
  if (byMessage) return byMessage(error, facts);
  if (NO_NODE.test(message)) return noNode(error, facts);
  if (error instanceof TypeError && (UNENCODABLE.test(message) || facts.argumentsRefused?.())) {
    return unencodable(error, message);
  }
  if (isNetworkError(error)) return (isTimeout(error) ? dropped : lost)(error, facts);
  if (UNDECODABLE.test(message)) return dropped(error, facts);
  if (looksLikeReply(message)) return classifyReply(error, facts);
  return failure({ kind: 'unknown', execution: sent(facts), message, cause: error });
}

/** Turns an error reply of the server into a failure. */
function classifyReply(reply: Error, { script = false }: AttemptFacts): Failure {
  const message = messageOf(reply);
  const meaning = meaningOf(message);
  const neverStarted = meaning.kind === 'auth' || replyCodeOf(message) === 'NOSCRIPT';
  return failure({
    ...meaning,
    execution: script && !neverStarted ? 'unknown' : 'not-executed',
    endedBy: 'server',
    message,
    replyCode: replyCodeOf(message),
    reply,
  });
}

function unencodable(error: Error, message: string): Failure {
  return failure({ kind: 'command', execution: 'not-sent', message, cause: error });
}

const sent = ({ dispatched }: AttemptFacts): Failure['execution'] =>
  dispatched ? 'unknown' : 'not-sent';

/** Node's own errors: system calls (ECONNRESET, ENOTFOUND, ...) and TLS (CERT_..., ERR_TLS_...). */
export function isNetworkError(error: Error): boolean {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall !== undefined) return true;
  return (
    typeof code === 'string' && /^E[A-Z]+$|^ERR_(TLS|SSL|SOCKET|STREAM)|CERT|^UNABLE_TO/.test(code)
  );
}

/** The kernel gave up waiting: nobody has heard of the peer. */
function isTimeout(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === 'ETIMEDOUT';
}

function classNames(error: object): string[] {
  const names: string[] = [];
  // Bounded: an error's chain is a handful of classes, whatever a Proxy may pretend.
  for (let depth = 0, proto: unknown = error; depth < 8; depth++) {
    proto = Object.getPrototypeOf(proto);
    if (proto === null || proto === Error.prototype) break;
    const { constructor } = proto as { constructor?: { name?: unknown } };
    if (typeof constructor?.name === 'string') names.push(constructor.name);
  }
  return names;
}

/** Total for any value: an error's message can be anything. */
function messageOf({ message }: { readonly message: unknown }): string {
  return typeof message === 'string' ? message : '';
}

function describe(value: unknown): string {
  return typeof value === 'string'
    ? value
    : `Something that is no error was thrown: ${typeof value}`;
}
