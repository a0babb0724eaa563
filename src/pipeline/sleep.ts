/**
 * Waits; false if the signal ended it early. The platform's promised timer would do, but it does not
 * follow fake clocks.
 */
export function sleep(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve(false);
      return;
    }
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve(!signal.aborted);
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}

/** A delay between 0 and a ceiling that doubles with each try: spreads clients that failed together. */
export function fullJitterMs(tries: number, baseDelayMs: number, maxDelayMs: number): number {
  return Math.random() * Math.min(maxDelayMs, baseDelayMs * 2 ** Math.min(tries, 30));
}
