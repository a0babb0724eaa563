import type { AnyClient, ClientOptions } from '../../commands/client.ts';
import { failure, type Failure } from '../../failures/failure.ts';
import { sleep } from '../../pipeline/sleep.ts';
import { addressOf } from '../address.ts';
import { isRefusal } from '../handshake.ts';
import { Router, type ClusterOptions, type RouterPlan } from './router.ts';

/** How long a root may take before the next one is asked as well: a frozen one must not keep us. */
const HEAD_START_MS = 200;

interface Attempt {
  readonly address: string;
  readonly reason: Failure;
}

/**
 * Learns the slots of a cluster from the first root that answers. They are asked one after the other,
 * or side by side where one takes its time; those that lose are dropped.
 * @throws Failure that says what was tried
 */
export async function discover(
  template: AnyClient,
  options: ClusterOptions,
  roots: readonly ClientOptions[],
  plan: Omit<RouterPlan, 'root'>,
  signal: AbortSignal,
): Promise<Router> {
  const decided = new AbortController();
  const over = AbortSignal.any([signal, decided.signal]);
  const failed: Attempt[] = [];
  let winner: Router | undefined;
  const ask = async (root: ClientOptions): Promise<Router> => {
    over.throwIfAborted();
    const router = new Router(template, options, { ...plan, root });
    over.addEventListener('abort', () => {
      if (router !== winner) router.discard();
    });
    try {
      await router.open();
      return router;
    } catch (error) {
      const reason = error as Failure;
      failed.push({ address: addressOf(root), reason });
      throw reason; // eslint-disable-line @typescript-eslint/only-throw-error -- as failures are passed inside
    }
  };
  let turn: Promise<unknown> = Promise.resolve();
  const attempts = shuffled(roots).map((root) => {
    const attempt = turn.then(() => ask(root));
    turn = turn.then(() => Promise.race([sleep(HEAD_START_MS, over), attempt.catch(ignore)]));
    return attempt;
  });
  try {
    winner = await Promise.any(attempts);
    return winner;
  } catch {
    throw noneAnswered(failed); // eslint-disable-line @typescript-eslint/only-throw-error -- as above
  } finally {
    decided.abort();
  }
}

/** A refusal is the same whoever utters it, and what the user has to mend; the rest is told per root. */
function noneAnswered(failed: readonly Attempt[]): Failure {
  const refusal = failed.find(({ reason }) => isRefusal(reason));
  if (refusal) return refusal.reason;
  const tried = failed.map(({ address, reason }) => `${address} (${reason.message})`);
  return failure({
    kind: 'transport',
    execution: 'not-sent',
    message: `No node of the cluster told its slots; tried ${tried.join(', ')}`,
    cause: failed[0]?.reason.cause,
  });
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, rank: Math.random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

function ignore(): void {
  // Its turn is over; why is told at the end.
}
