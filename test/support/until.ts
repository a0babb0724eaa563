import { setTimeout as sleep } from 'node:timers/promises';

const pollMs = 20;

/** Asks until there is an answer; an error counts as none yet, and the last one is told when time is up. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  withinMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  let cause: unknown;
  while (performance.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await sleep(pollMs);
  }
  throw new Error(`${what}: not within ${withinMs} ms`, { cause });
}
