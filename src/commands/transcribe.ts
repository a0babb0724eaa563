import { invoke, isMajor4, type AnyClient } from './client.ts';
import type { Wire } from './wire.ts';

/**
 * Learns what would go over the wire without sending it: a transaction is recorded as the user's call
 * asks, and its queue read. Costs up to 8 µs on redis 4, so it is done once per method, and per call
 * only where the arguments matter.
 * @returns no commands where the client refuses the arguments; it will say so itself when asked for real
 */
export function transcribe(client: AnyClient, record: (multi: object) => unknown): readonly Wire[] {
  let queue: readonly { readonly args: Wire }[] = [];
  const capture = (commands: typeof queue): Promise<unknown[]> => {
    queue = commands;
    return Promise.resolve([]);
  };
  try {
    const multi = recorder(client, capture);
    record(multi);
    Promise.resolve(invoke(multi, 'execAsPipeline')).catch(ignore);
  } catch {
    return [];
  }
  return queue.map(({ args }) => [...args]);
}

function recorder(client: AnyClient, capture: (commands: never) => unknown): object {
  if (isMajor4(client)) {
    const { Multi } = client as unknown as { Multi: new (executor: unknown) => object };
    return new Multi(capture);
  }
  const executor = { value: capture };
  const view: unknown = Object.create(client, {
    _executeMulti: executor,
    _executePipeline: executor,
  });
  return invoke(view, 'MULTI') as object;
}

function ignore(): void {
  // The client may stumble over replies that were never there.
}
