import type { Operation } from '../../../src/commands/operation.ts';
import { commandName, type Wire } from '../../../src/commands/wire.ts';
import type { Connection } from '../../../src/connection/connection.ts';
import type { LineListener } from '../../../src/connection/line.ts';
import type { Supervisor } from '../../../src/connection/supervisor.ts';
import type { ErrorFacts } from '../../../src/failures/errors.ts';
import { failure, type Failure } from '../../../src/failures/failure.ts';
import { SettlementLayer } from '../../../src/layers/settlement.ts';
import {
  Policies,
  settingsOf,
  type CallPolicy,
  type Settings,
} from '../../../src/options/settings.ts';
import type { ResilienceOptions } from '../../../src/options/types.ts';
import { Admission } from '../../../src/pipeline/admission.ts';
import { Call } from '../../../src/pipeline/call.ts';
import { link, type Layer } from '../../../src/pipeline/layer.ts';
import type { EventType, ResilienceEvent } from '../../../src/telemetry/events.ts';
import { EventHub } from '../../../src/telemetry/hub.ts';
import { Counters } from '../../../src/telemetry/stats.ts';
import { ScriptedLayer } from './scripted-layer.ts';

/** A connection as far as layers look at it. */
export class ConnectionStandIn {
  inFlight = 0;
  /** How probes are answered. */
  answer: () => Promise<unknown> = () => Promise.resolve('PONG');
  readonly asked: string[][] = [];

  ask(...command: string[]): Promise<unknown> {
    this.asked.push(command);
    return this.answer();
  }
}

/** A supervisor as far as layers look at it; the test decides what happens to the connection. */
export class SupervisorStandIn {
  available: ConnectionStandIn | undefined = new ConnectionStandIn();
  lastFailure: Failure | undefined;
  closedFailure: Failure | undefined;
  canRenewCredentials = false;
  /** Whether a fresh connection can be had. */
  renewal: Promise<boolean> = Promise.resolve(true);
  readonly renewedFor: Failure[] = [];
  readonly abandoned: Failure[] = [];
  readonly listeners: LineListener[] = [];

  renew(reason: Failure): Promise<boolean> {
    this.renewedFor.push(reason);
    return this.renewal;
  }

  abandonWaiting(reason: Failure): void {
    this.abandoned.push(reason);
    for (const listener of this.listeners) listener.onAbandoned?.(reason);
  }

  /** A fresh connection is ready. */
  connect(connection: ConnectionStandIn = new ConnectionStandIn()): ConnectionStandIn {
    this.available = connection;
    for (const listener of this.listeners) {
      listener.onAvailable?.(connection as unknown as Connection);
    }
    return connection;
  }

  disconnect(reason: Failure): void {
    this.available = undefined;
    for (const listener of this.listeners) listener.onUnavailable?.(reason);
  }

  get asSupervisor(): Supervisor {
    return this as unknown as Supervisor;
  }
}

/** What a test's layers are made with. */
export interface Parts {
  readonly settings: Settings;
  readonly hub: EventHub;
  readonly counters: Counters;
  readonly supervisor: SupervisorStandIn;
}

/** A call on its way, and what its caller got. */
export interface Run {
  readonly call: Call;
  status: 'pending' | 'resolved' | 'rejected';
  value: unknown;
  error: (Error & ErrorFacts) | undefined;
}

/** How a call differs from what the options say. */
export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly policy?: Partial<CallPolicy>;
  readonly operation?: Partial<Operation>;
  readonly strict?: boolean;
}

export interface Harness extends Parts {
  readonly scripted: ScriptedLayer;
  readonly admission: Admission;
  readonly events: ResilienceEvent[];
  readonly outermost: Layer;
  /** Types of the events so far, without those of calls and attempts. */
  readonly circuitEvents: () => EventType[];
  readonly run: (command: string, options?: RunOptions) => Run;
}

/** Links real layers around a scripted one, under a real settlement. */
export function harness(
  layersOf: (parts: Parts) => readonly Layer[],
  options: ResilienceOptions = {},
): Harness {
  const settings = settingsOf(options);
  const policies = Policies.of(options);
  const hub = new EventHub('test');
  const counters = new Counters();
  const admission = new Admission();
  const supervisor = new SupervisorStandIn();
  const events: ResilienceEvent[] = [];
  hub.subscribe((event) => events.push(event));
  const parts = { settings, hub, counters, supervisor };
  const scripted = new ScriptedLayer();
  const settlement = new SettlementLayer(hub, counters, admission, settings.stackTraces);
  const outermost = link([settlement, ...layersOf(parts), scripted]);
  return {
    ...parts,
    scripted,
    admission,
    events,
    outermost,
    circuitEvents: () =>
      events.map(({ type }) => type).filter((type) => type.startsWith('circuit.')),
    run: (command, { signal, policy, operation, strict = false } = {}) => {
      const wire: Wire = command.split(' ');
      const name = commandName(wire);
      const call = new Call(
        {
          name,
          script: false,
          execute: () => Promise.reject(new Error('the scripted layer executes nothing')),
          wires: () => [wire],
          ...operation,
        },
        wire.slice(1),
        { ...policies.for(name), ...policy },
        signal,
      );
      call.strict = strict;
      const run: Run = { call, status: 'pending', value: undefined, error: undefined };
      call.promise = new Promise((resolve, reject) => {
        call.resolve = resolve;
        call.reject = reject;
      });
      call.promise.then(
        (value) => Object.assign(run, { status: 'resolved', value }),
        (error: unknown) => Object.assign(run, { status: 'rejected', error }),
      );
      outermost.send(call);
      return run;
    },
  };
}

/** The peer ended the connection; each call of this makes another loss. */
export const lost = (): Failure =>
  failure({ kind: 'transport', execution: 'unknown', endedBy: 'peer', message: 'reset' });

export const timedOut = (): Failure =>
  failure({ kind: 'timeout', execution: 'unknown', message: 'no reply' });

export const unsent = (): Failure =>
  failure({ kind: 'transport', execution: 'not-sent', message: 'no connection' });

export const loading = (): Failure =>
  failure({
    kind: 'unavailable',
    reason: 'loading',
    execution: 'not-executed',
    endedBy: 'server',
    message: 'LOADING wait',
    replyCode: 'LOADING',
  });

export const wrongType = (): Failure =>
  failure({
    kind: 'command',
    execution: 'not-executed',
    endedBy: 'server',
    message: 'WRONGTYPE no',
    replyCode: 'WRONGTYPE',
  });
