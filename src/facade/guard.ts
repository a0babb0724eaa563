import { rootOf, type AnyClient } from '../commands/client.ts';
import type { Operation, Target } from '../commands/operation.ts';
import { SINGLE_VALUE_READS } from '../commands/single-value.ts';
import type { Wire } from '../commands/wire.ts';
import { serverOf } from '../connection/address.ts';
import type { Connect, Connections } from '../connection/connections.ts';
import type { Line } from '../connection/line.ts';
import type { Session } from '../connection/session.ts';
import { connectionsOf } from '../connection/kinds.ts';
import { destroyClient } from '../connection/template.ts';
import { failure } from '../failures/failure.ts';
import { linkLayers, type Pipelines } from '../layers/order.ts';
import { Policies, settingsOf, type CallPolicy, type Settings } from '../options/settings.ts';
import type { Mode, ResilienceOptions } from '../options/types.ts';
import { Call } from '../pipeline/call.ts';
import { Admission } from '../pipeline/admission.ts';
import { EventHub } from '../telemetry/hub.ts';
import { LogObserver } from '../telemetry/log-observer.ts';
import { Counters } from '../telemetry/stats.ts';
import { defaultLogger } from '../telemetry/winston.ts';

/** Everything behind one wrapped client: the parts, put together once. */
export class Guard {
  readonly template: AnyClient;
  readonly root: AnyClient;
  readonly given: ResilienceOptions;
  readonly settings: Settings;
  /** The name of the client that this one was made from in the first place, or its own. */
  readonly family: string;
  readonly policies: Policies;
  readonly hub: EventHub;
  readonly counters: Counters = new Counters();
  readonly connections: Connections;
  readonly pipelines: Pipelines;
  mode: Mode;
  /** How many clients were duplicated from this one; gives them their names. */
  duplicates = 1;
  readonly admission: Admission = new Admission();
  /** Clients of single nodes of a cluster that were handed out, by address. */
  readonly nodeClients: Map<string, AnyClient> = new Map<string, AnyClient>();
  #closing: Promise<void> | undefined;

  constructor(
    template: AnyClient,
    given: ResilienceOptions,
    connect: Connect = connectionsOf,
    family?: string,
  ) {
    const settings = settingsOf(given);
    this.family = family ?? settings.name;
    this.template = template;
    this.root = rootOf(template);
    this.given = given;
    this.settings = settings;
    this.mode = settings.mode;
    this.policies = Policies.of(given);
    this.hub = new EventHub(settings.name);
    if (settings.logger !== false) {
      const logger = settings.logger ?? defaultLogger;
      const log = new LogObserver(logger, settings, serverOf(template));
      this.hub.subscribe(
        (event) => {
          log.observe(event);
        },
        (type) => log.wants(type),
      );
    }
    this.connections = connect({
      template,
      settings,
      hub: this.hub,
      restate: (event, ...args) => {
        this.#restate(event, args);
      },
      onClosed: () => {
        this.#release();
      },
    });
    this.pipelines = linkLayers(this);
    // An open template goes on living beside us: its errors must not end the process either.
    if (template.isOpen) this.root.on('error', ignore);
  }

  get line(): Line {
    return this.connections.line;
  }

  get session(): Session {
    return this.connections.session;
  }

  get isOpen(): boolean {
    return this.line.isOpen && !this.admission.isClosing;
  }

  /** How long closing waits for calls under way: as long as a call may take. */
  get drainMs(): number {
    const { totalMs } = this.policies.for('QUIT');
    return totalMs === Infinity ? UNBOUNDED_DRAIN_MS : totalMs;
  }

  /** Sends a call on its way through the layers. */
  run(
    operation: Operation,
    args: readonly unknown[],
    policy: CallPolicy,
    signal?: AbortSignal,
    strict = false,
  ): Promise<unknown> {
    const call = new Call(operation, args, policy, signal);
    call.strict = strict && SINGLE_VALUE_READS.has(operation.name);
    const promise = new Promise<unknown>((resolve, reject) => {
      call.resolve = resolve;
      call.reject = reject;
    });
    call.promise = promise;
    const pipeline = this.mode === 'off' ? this.pipelines.off : this.pipelines.enforce;
    pipeline.send(call);
    return promise;
  }

  /** Carries over what commands changed of the connection's state. */
  noteSession(target: Target, wires: readonly Wire[]): void {
    const { database } = this.session;
    this.session.note(target, wires);
    if (this.session.database === database) return;
    this.connections.selected?.(target);
    for (const connections of this.pipelines.blocking) connections.leaveDatabase();
  }

  /** Stops admitting, lets what is under way finish for up to `drainMs`, then ends every connection. */
  close(drainMs: number): Promise<void> {
    if (!this.line.isOpen) return Promise.resolve();
    return (this.#closing ??= this.#drain(drainMs).finally(() => (this.#closing = undefined)));
  }

  /** Ends every connection at once; what is in flight may still be executed. */
  destroy(): void {
    this.connections.close(DISCONNECTED, { reset: this.admission.pending > 0 });
    if (this.template.isOpen) destroyClient(this.template);
  }

  async #drain(drainMs: number): Promise<void> {
    await this.admission.drain(drainMs);
    this.admission.reopen();
    this.destroy();
  }

  #release(): void {
    for (const client of this.nodeClients.values()) destroyClient(client);
    this.nodeClients.clear();
    for (const connections of this.pipelines.blocking) connections.close(DISCONNECTED);
    this.pipelines.enforce.close();
    this.pipelines.off.close();
  }

  #restate(event: string, args: readonly unknown[]): void {
    // An error that nobody listens to would be thrown; the log tells it.
    if (event === 'error' && this.root.listenerCount('error') === 0) return;
    try {
      this.root.emit(event, ...args);
    } catch {
      this.hub.state({ type: 'listener.failed', event });
    }
  }
}

/** What closing waits for at most where calls have no deadline. */
const UNBOUNDED_DRAIN_MS = 5_000;

/** The client's own words, which packages compare. */
const DISCONNECTED = failure({
  kind: 'closed',
  execution: 'unknown',
  message: 'Disconnects client',
  // Whoever closes a client while calls are under way does not want to die of them.
  forgettable: true,
});

function ignore(): void {
  // The template's connection is not ours; it is closed together with the wrapper.
}
