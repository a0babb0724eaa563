import { methodOf } from '../commands/client.ts';
import type { FacadeParts } from './parts.ts';

/** Methods of redis 5 and 6 that look at the client with other options. */
const VIEWS: ReadonlySet<string> = new Set(['withTypeMapping', 'withCommandOptions', 'asap']);

/** Views are guarded too; they find their connection when a command is dispatched. */
export function guardView({ guard, perspective, look }: FacadeParts, name: string): unknown {
  if (!methodOf(guard.template, name)) return undefined;
  if (name === 'withAbortSignal') {
    return (signal: AbortSignal) => look({ ...perspective, signal });
  }
  if (!VIEWS.has(name)) return undefined;
  return (...args: unknown[]) => {
    // The caller's signal is ours to follow: the client stops looking at it once a command is written.
    const [options, ...rest] = args as [{ abortSignal?: AbortSignal }?, ...unknown[]];
    const { abortSignal, ...own } = options ?? {};
    const given = name === 'withCommandOptions' ? [own, ...rest] : args;
    return look({
      ...perspective,
      view: [...perspective.view, [name, given]],
      signal: abortSignal ?? perspective.signal,
    });
  };
}
