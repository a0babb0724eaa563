import { methodOf, type AnyClient } from '../commands/client.ts';
import { commandOptions } from '../connection/template.ts';
import type { MemberGroup } from './member-group.ts';
import type { Perspective } from './parts.ts';

interface CommandOptions extends Readonly<Record<string, unknown>> {
  readonly abortSignal?: AbortSignal | undefined;
}

/** What each method of redis 5 and 6 that looks at a client anew makes of the options before it. */
const VIEWS: Readonly<Record<string, (before: CommandOptions, given: unknown) => CommandOptions>> =
  {
    withCommandOptions: (_before, given) => given as CommandOptions,
    withTypeMapping: (before, typeMapping) => ({ ...before, typeMapping }),
    withAbortSignal: (before, abortSignal) => ({
      ...before,
      abortSignal: abortSignal as AbortSignal,
    }),
    asap: (before) => ({ ...before, asap: true }),
  };

/**
 * Views are guarded too; they find their connection when a command is dispatched. However many stand on
 * each other, the client gets to see one, with all options: redis 5 loses those of a view of a view.
 */
export const views: MemberGroup = {
  treatment: 'guarded',
  has: (client, name) => Object.hasOwn(VIEWS, name) && methodOf(client, name) !== undefined,
  make:
    ({ guard, perspective, look }, name) =>
    (given: unknown) => {
      const before = optionsOf(guard.template, perspective);
      // The caller's signal is ours to follow: the client stops looking at it once a command is written.
      const { abortSignal: signal, ...options } = VIEWS[name]?.(before, given) ?? before;
      return look({ ...perspective, view: [['withCommandOptions', [options]]], signal });
    },
};

/** The options under which a perspective looks at a client; at first the client's own. */
function optionsOf(template: AnyClient, { view, signal }: Perspective): CommandOptions {
  const given = view[0]?.[1][0] ?? commandOptions(template).commandOptions;
  return { ...(given as object), abortSignal: signal };
}
