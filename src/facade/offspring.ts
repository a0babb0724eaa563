import { invoke, methodOf, type AnyClient } from '../commands/client.ts';
import type { Wire } from '../commands/wire.ts';
import { toError } from '../failures/to-error.ts';
import type { Guard } from './guard.ts';
import type { MemberGroup } from './member-group.ts';
import { recordedMulti } from './multi.ts';
import type { FacadeParts } from './parts.ts';

/** The members that give another client away; it is guarded as well. */
const MEMBERS: Readonly<Record<string, (parts: FacadeParts) => (argument?: unknown) => unknown>> = {
  duplicate:
    ({ duplicate }) =>
    (overrides) =>
      duplicate(overrides as object | undefined),
  executeIsolated,
  legacy,
  createPool:
    ({ guard, wrap }) =>
    (options) =>
      wrap(invoke(poolTemplate(guard), 'createPool', options) as AnyClient, 'pool'),
};

export const offspring: MemberGroup = {
  treatment: 'guarded',
  has: (client, name) => Object.hasOwn(MEMBERS, name) && name in client,
  make: (parts, name) => MEMBERS[name]?.(parts),
};

/** A pool makes its members by itself: what is asked for credentials must stand in its options. */
function poolTemplate({ template, given }: Guard): AnyClient {
  const { credentials } = given;
  if (!credentials) return template;
  return template.duplicate({
    credentialsProvider: { type: 'async-credentials-provider', credentials },
  });
}

/** Redis 4: runs a function with a client that shares no connection with anybody. */
function executeIsolated({ guard, duplicate }: FacadeParts): (run?: unknown) => Promise<unknown> {
  return async (run) => {
    const { closedFailure } = guard.line;
    if (closedFailure) {
      const facts = { command: 'ISOLATED', attempts: 0, elapsedMs: 0 };
      throw toError(closedFailure, facts, guard.settings.stackTraces);
    }
    const isolated = duplicate(undefined);
    try {
      await isolated.connect();
      return await (run as (client: unknown) => unknown)(isolated);
    } finally {
      await (isolated as unknown as { disconnect(): Promise<void> }).disconnect();
    }
  };
}

/** Redis 5 and 6: the callback interface of redis 3, which asks its client for two things only. */
function legacy({ guard, perspective, self }: FacadeParts): () => unknown {
  const executeMulti = (commands: readonly { readonly args: Wire }[]) => {
    const multi = recordedMulti(guard, perspective, []) as RawMulti;
    // Without what transforms its reply: the interface does that itself.
    for (const { args } of commands) multi.addCommand(args);
    return multi.exec();
  };
  return () => {
    const client: unknown = Object.create(self(), { _executeMulti: { value: executeMulti } });
    return methodOf(guard.template, 'legacy')?.call(client);
  };
}

interface RawMulti {
  addCommand(args: Wire): unknown;
  exec(): Promise<unknown>;
}
