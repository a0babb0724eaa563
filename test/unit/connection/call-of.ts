import type { Operation } from '../../../src/commands/operation.ts';
import { commandName } from '../../../src/commands/wire.ts';
import { Policies, type CallPolicy } from '../../../src/options/settings.ts';
import type { AttemptOutcome } from '../../../src/connection/in-flight.ts';
import type { Failure } from '../../../src/failures/failure.ts';
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

/** An outcome that writes down what it is told: `GET dispatched`, `GET: reply`, `GET! kind execution`. */
export class OutcomeRecorder implements AttemptOutcome {
  readonly told: string[] = [];
  readonly failures: Failure[] = [];

  dispatched({ operation }: Call): void {
    this.told.push(`${operation.name} dispatched`);
  }

  succeeded({ operation }: Call, reply: unknown): void {
    this.told.push(`${operation.name}: ${String(reply)}`);
  }

  failed({ operation }: Call, reason: Failure): void {
    this.failures.push(reason);
    this.told.push(`${operation.name}! ${reason.kind} ${reason.execution}`);
  }
}

/** A reply that the test gives when it likes. */
export function pending<T = unknown>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
} {
  const made = {} as { resolve: (value: T) => void; reject: (error: unknown) => void };
  const promise = new Promise<T>((resolve, reject) => Object.assign(made, { resolve, reject }));
  return { promise, ...made };
}
