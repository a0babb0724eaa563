import { failure } from '../failures/failure.ts';

/**
 * Waits for a promise, not longer than `boundMs`: several promises of node-redis never settle, whatever
 * is destroyed. @throws Failure `transport`, not-sent, with the message, where time is up
 */
export async function within<T>(boundMs: number, message: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as failures are passed inside
      reject(failure({ kind: 'transport', execution: 'not-sent', message }));
    }, boundMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
