import type { Call } from '../../test/support/workload-call.ts';
import { auditCalls } from '../../test/support/workload-audit.ts';
import type { ClientKind, Lane } from './lane.ts';

/** A part of the run: from the begin of its fault until the begin of the next one. */
export interface Window {
  readonly fault: string;
  readonly from: number;
  until: number;
  /** Where recovery is counted from; nothing where nothing was broken. */
  recoveryFrom?: number;
}

/** What became of the calls that one client was given in one window. */
export interface Score {
  readonly fault: string;
  readonly client: ClientKind;
  readonly calls: number;
  readonly answered: number;
  readonly failed: number;
  /** Without an answer or an error for as long as `hangingAfterMs`. */
  readonly hanging: number;
  readonly longestMs: number;
  readonly executedTwice: number;
  readonly lostWrites: number;
  readonly wrongReplies: number;
  /** Writes that failed and were executed all the same, by whether their errors denied that. */
  readonly ghosts: { readonly denied: number; readonly unknown: number };
  /** Null where no call was answered before the window ended; absent where nothing was broken. */
  readonly recoveryMs?: number | null;
}

/** How long a call may take before it counts as hanging, also when it is answered after all. */
export const hangingAfterMs = 5_000;

/** Says whether a call hangs, or did so before it settled. */
function isHanging({ startedAt, settledAt = Infinity }: Call): boolean {
  return settledAt - startedAt > hangingAfterMs;
}

/** Compares what the client said of a window's calls with what its server holds. */
export async function scoreOf(lane: Lane, window: Window): Promise<Score> {
  const { fault, from, until, recoveryFrom } = window;
  const issued = lane.subject.calls.filter(
    (call) => from <= call.startedAt && call.startedAt < until,
  );
  const audit = await auditCalls(issued, lane.server);
  const inTime = audit.calls.filter((call) => !isHanging(call));
  const count = (outcome: Call['outcome']) =>
    inTime.filter((call) => call.outcome === outcome).length;
  const score = {
    fault,
    client: lane.client,
    calls: audit.issued,
    answered: count('ok'),
    failed: count('failed'),
    hanging: audit.issued - inTime.length,
    longestMs: Math.round(audit.longestMs),
    executedTwice: audit.executedTwice,
    lostWrites: audit.lost,
    wrongReplies: audit.wrong,
    ghosts: audit.ghosts,
  };
  if (recoveryFrom === undefined) return score;
  return { ...score, recoveryMs: recoveryOf(audit.firstSuccessAfter(recoveryFrom)) };
}

function recoveryOf(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms);
}

/** Adds up the windows of one client; longest call and recovery are the worst of them. */
export function totalOf(client: ClientKind, scores: readonly Score[]): Score {
  const own = scores.filter((score) => score.client === client);
  const sum = (pick: (score: Score) => number) =>
    own.reduce((total, score) => total + pick(score), 0);
  const recoveries = own.flatMap(({ recoveryMs }) =>
    recoveryMs === undefined ? [] : [recoveryMs],
  );
  return {
    fault: 'total',
    client,
    calls: sum(({ calls }) => calls),
    answered: sum(({ answered }) => answered),
    failed: sum(({ failed }) => failed),
    hanging: sum(({ hanging }) => hanging),
    longestMs: Math.max(...own.map(({ longestMs }) => longestMs)),
    executedTwice: sum(({ executedTwice }) => executedTwice),
    lostWrites: sum(({ lostWrites }) => lostWrites),
    wrongReplies: sum(({ wrongReplies }) => wrongReplies),
    ghosts: {
      denied: sum(({ ghosts }) => ghosts.denied),
      unknown: sum(({ ghosts }) => ghosts.unknown),
    },
    recoveryMs: recoveries.includes(null) ? null : Math.max(...recoveries.map(Number)),
  };
}

/** What the client has to answer for, in words; empty where it kept every promise. */
export function brokenPromises(total: Score): string[] {
  const promises = {
    'calls executed twice': total.executedTwice,
    'acknowledged writes lost': total.lostWrites,
    'wrong replies': total.wrongReplies,
    'calls left hanging': total.hanging,
  };
  return Object.entries(promises)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${what}: ${count}`);
}
