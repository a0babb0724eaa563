import type { Operation } from '../../../src/commands/operation.ts';
import { commandName } from '../../../src/commands/wire.ts';
import { Policies, type CallPolicy } from '../../../src/options/settings.ts';
import { Call } from '../../../src/pipeline/call.ts';

/** A call that hands its words to the client of whatever connection it is given. */
export function callOf(
  command: string,
  { policy, ...operation }: Partial<Operation> & { policy?: Partial<CallPolicy> } = {},
): Call {
  const wire = command.split(' ');
  const name = commandName(wire);
  const call = new Call(
    {
      name,
      script: false,
      execute: (target) => target.clientFor([]).sendCommand(wire) as Promise<unknown>,
      wires: () => [wire],
      ...operation,
    },
    wire.slice(1),
    { ...Policies.of({}).for(name), ...policy },
    undefined,
  );
  call.promise = new Promise((resolve, reject) => {
    call.resolve = resolve;
    call.reject = reject;
  });
  call.promise.catch(() => undefined);
  return call;
}
