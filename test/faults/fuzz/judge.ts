import type { RedisServer } from '../../support/redis-server.ts';
import type { Call } from './call.ts';
import type { Verdict } from './verdict.ts';

/** What is known of how the calls of a case went. */
export interface Course {
  /** From then on no answer may be wrong, whatever the damage. */
  readonly foundAt: number;
  /** Whether the replies came in the order of the calls: nothing was sent twice. */
  readonly inOrder: boolean;
  /** How long a call may take. */
  readonly withinMs: number;
  readonly isBack: boolean;
}

/** Everything that was promised and not kept. */
export async function brokenPromises(
  server: RedisServer,
  calls: readonly Call[],
  verdict: Verdict,
  course: Course,
): Promise<string[]> {
  const broken: string[] = [];
  let replies = 0;
  for (const call of calls) {
    replies += call.sampled.replies;
    const { tookMs } = call;
    if (tookMs > course.withinMs) broken.push(`hangs for ${tookMs} ms: ${call.toString()}`);
    // Only where other replies parse, from the first of them on, and until that is found.
    const mayBeWrong =
      verdict.sort === 'parses' &&
      call.startedAt < course.foundAt &&
      (!course.inOrder || replies > verdict.wrongFrom);
    if (call.outcome === 'wrong' && !mayBeWrong) broken.push(call.toString());
  }
  if (!course.isBack) broken.push('service does not come back');
  return [...broken, ...(await executedTwice(server, calls))];
}

async function executedTwice(server: RedisServer, calls: readonly Call[]): Promise<string[]> {
  const counted = calls.filter(({ sampled }) => /^(INCRBY|MULTI)$/.test(sampled.command.name));
  if (counted.length === 0) return [];
  const values = await server.pipeline(counted.map(({ own }) => ['GET', own.key]));
  return counted
    .filter(({ own }, index) => ![null, String(own.number)].includes(values[index] as string))
    .map((call) => `executed twice: ${call.toString()}`);
}
