import { VERDICTS, type FailureKind, type UnavailableReason, type Verdict } from './kinds.ts';

/** What an error reply means. Every reply is an answer: an ordinary command was not executed. */
export interface ReplyMeaning {
  readonly kind: FailureKind;
  readonly reason?: UnavailableReason;
  readonly verdict?: Verdict;
}

const unavailable = (reason: UnavailableReason): ReplyMeaning => ({ kind: 'unavailable', reason });

/** Replies by their whole first word: BUSYGROUP is not BUSY. Everything else is kind `command`. */
const MEANINGS: Readonly<Record<string, ReplyMeaning>> = {
  WRONGPASS: { kind: 'auth' },
  NOAUTH: { kind: 'auth' },
  NOPERM: { kind: 'permission' },
  DENIED: { kind: 'permission' },
  NOSCRIPT: { kind: 'not-found' },
  NOGROUP: { kind: 'not-found' },
  LOADING: unavailable('loading'),
  BUSY: unavailable('busy'),
  MASTERDOWN: unavailable('master-down'),
  NOMASTERLINK: unavailable('master-down'),
  CLUSTERDOWN: unavailable('cluster-down'),
  TRYAGAIN: unavailable('try-again'),
  NOREPLICAS: unavailable('no-replicas'),
  READONLY: unavailable('read-only'),
  // Sent to a blocked client when its master becomes a replica.
  UNBLOCKED: unavailable('read-only'),
  OOM: unavailable('out-of-memory'),
  MISCONF: unavailable('persistence'),
  // Redis 4 hides which command of the transaction was refused, so it is no evidence of health.
  EXECABORT: { kind: 'command', verdict: { ...VERDICTS.command, circuit: 'nothing' } },
};

/** Replies with the catch-all word ERR or none; from the start, since they may quote arguments later on. */
const PATTERNS: readonly (readonly [RegExp, ReplyMeaning])[] = [
  [/^ERR max number of clients/i, unavailable('max-clients')],
  [/^(ERR )?(no such (key|library)|library not found|unknown index name)/i, { kind: 'not-found' }],
  [/^ERR The XGROUP subcommand requires the key to exist/i, { kind: 'not-found' }],
  [/^\S+: no such index/i, { kind: 'not-found' }],
  [
    /^ERR (invalid password|AUTH .*without any password|Client sent AUTH, but no)/i,
    { kind: 'auth' },
  ],
];

// Servers before Redis 7 wrap what a command said inside a script: "... -READONLY You can't write ...".
const INSIDE_SCRIPT = /^ERR Error running script .*?-([A-Z]+) /s;

/** First word of a reply where it is a code, else `ERR`. */
export function replyCodeOf(message: string): string {
  return /^[A-Z]+(?= |$)/.exec(message)?.[0] ?? 'ERR';
}

/** Looks a reply up by its code, and where that says nothing by its text. */
export function meaningOf(message: string): ReplyMeaning {
  const code = INSIDE_SCRIPT.exec(message)?.[1] ?? replyCodeOf(message);
  const known = Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined;
  if (known) return known;
  if (code !== 'ERR') return { kind: 'command' };
  return PATTERNS.find(([pattern]) => pattern.test(message))?.[1] ?? { kind: 'command' };
}

/** Whether a message begins with a code that only a server says; for clients with minified class names. */
export function looksLikeReply(message: string): boolean {
  return Object.hasOwn(MEANINGS, replyCodeOf(message)) || message.startsWith('ERR ');
}
