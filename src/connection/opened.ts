import type { Line } from './line.ts';

/** Resolves with a line's first connection, or when nobody should wait for it any longer. */
export function opened(line: Line, boundMs: number): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      clearTimeout(timer);
      forget();
      resolve();
    };
    const timer = setTimeout(settle, boundMs).unref();
    const forget = line.listen({ onAvailable: settle, onAbandoned: settle });
  });
}
