import { isMajor4, type AnyClient, type ClientOptions } from '../../commands/client.ts';
import { REPLAY_RULES } from '../../commands/replay.ts';
import { slotOf } from '../../commands/slot.ts';
import { CLOSED, type Failure } from '../../failures/failure.ts';
import type { Call } from '../../pipeline/call.ts';
import { fullJitterMs, sleep } from '../../pipeline/sleep.ts';
import { summarize } from '../../telemetry/redact.ts';
import type { ConnectionsParts } from '../connections.ts';
import { CredentialSource } from '../credentials.ts';
import { isRefusal } from '../handshake.ts';
import type { Carrier, Line, LineListener, ShardLine, Shards } from '../line.ts';
import { Listeners, NOT_YET } from '../listeners.ts';
import { optionsOf } from '../options.ts';
import { discover } from './discovery.ts';
import { Nodes } from './nodes.ts';
import { reachableAt, type ClusterNode, type ClusterOptions, type Router } from './router.ts';
import { RouterCarrier } from './router-carrier.ts';
import { Routes } from './routes.ts';
import { Topology } from './topology.ts';

/** How long nodes that are slow to connect keep a cluster from being available. */
const STRAGGLERS_MS = 250;

type Phase =
  | { readonly name: 'idle' }
  | { readonly name: 'closed' }
  | { readonly name: 'connecting'; readonly stop: AbortController }
  | {
      readonly name: 'connected';
      readonly nodes: Nodes;
      readonly topology: Topology;
      readonly routes: Routes;
      readonly carrier: RouterCarrier;
    };

/**
 * A cluster: a router that knows the slots, a connection to each node that is supervised like a single
 * client's, and a line per shard. It is itself the line of what no single shard answers.
 */
export class Cluster implements Line, Shards {
  readonly options: ClusterOptions;
  readonly #parts: ConnectionsParts;
  readonly #credentials: CredentialSource;
  readonly #listeners = new Listeners();
  #phase: Phase = { name: 'idle' };
  #isAvailable = false;
  #stragglers: NodeJS.Timeout | undefined;
  #lastFailure: Failure | undefined;

  constructor(parts: ConnectionsParts) {
    this.#parts = parts;
    this.options = optionsOf(parts.template) as unknown as ClusterOptions;
    const { credentials, connection } = parts.settings;
    this.#credentials = new CredentialSource(credentials, connection.connectMs);
  }

  get isOpen(): boolean {
    return this.#phase.name === 'connecting' || this.#phase.name === 'connected';
  }

  get available(): Carrier | undefined {
    return this.#phase.name === 'connected' && this.#isAvailable ? this.#phase.carrier : undefined;
  }

  get lastFailure(): Failure | undefined {
    return this.#lastFailure;
  }

  get closedFailure(): Failure | undefined {
    return this.isOpen ? undefined : CLOSED;
  }

  get canRenewCredentials(): boolean {
    return this.#credentials.canRenew;
  }

  get credentials(): CredentialSource {
    return this.#credentials;
  }

  get inFlight(): number {
    if (this.#phase.name !== 'connected') return 0;
    return this.#phase.nodes.inFlight + this.#phase.carrier.inFlight;
  }

  /** The parts that are there once the slots are known. */
  get connected(): Extract<Phase, { name: 'connected' }> | undefined {
    return this.#phase.name === 'connected' ? this.#phase : undefined;
  }

  listen(listener: LineListener): () => void {
    return this.#listeners.add(listener);
  }

  abandonWaiting(reason: Failure): void {
    this.#listeners.abandon(reason);
  }

  async renew(): Promise<boolean> {
    return (await this.connected?.routes.replace()) ?? false;
  }

  shardOf({ operation, args }: Call): ShardLine | undefined {
    if (this.#phase.name !== 'connected' || !operation.keysOf) return undefined;
    // Replicas answer reads too, be their master there or not: no shard's line stands for them.
    if (this.options.useReplicas && REPLAY_RULES.get(operation.name) === 'read') return undefined;
    const [slot, ...others] = operation.keysOf(args).map((key) => slotOf(key));
    if (slot === undefined || others.some((other) => other !== slot)) return undefined;
    return this.shardAt(slot);
  }

  /** The shard that has a slot, as far as is known at this moment. */
  shardAt(slot: number): ShardLine | undefined {
    if (this.#phase.name !== 'connected') return undefined;
    const { topology, routes } = this.#phase;
    topology.follow(routes.router);
    return topology.shardAt(slot);
  }

  open(): void {
    if (this.isOpen) return;
    const stop = new AbortController();
    this.#phase = { name: 'connecting', stop };
    this.#lastFailure = undefined;
    this.#listeners.tell((listener) => listener.onUnavailable?.(NOT_YET));
    void this.#connect(stop.signal);
  }

  close(reason: Failure, how?: { readonly reset?: boolean }): void {
    const phase = this.#phase;
    if (phase.name === 'idle' || phase.name === 'closed') return;
    this.#phase = { name: 'closed' };
    clearTimeout(this.#stragglers);
    this.#stragglers = undefined;
    this.#isAvailable = false;
    if (phase.name === 'connecting') {
      phase.stop.abort();
    } else {
      phase.routes.stop();
      phase.nodes.close(reason, how);
      phase.carrier.fail(reason);
      phase.topology.dissolve(reason);
    }
    this.abandonWaiting(reason);
    this.#parts.hub.state({ type: 'client.closed' });
    this.#parts.restate('disconnect');
    this.#parts.onClosed();
  }

  /** Learns the slots from whoever answers first. @throws Failure */
  async discover(roots: readonly ClientOptions[], signal: AbortSignal): Promise<Router> {
    const { template, settings } = this.#parts;
    const { connectMs } = settings.connection;
    const plan = { credentials: await this.#credentials.next(), connectMs };
    return discover(template, this.options, roots, plan, signal);
  }

  async #connect(signal: AbortSignal): Promise<void> {
    const { baseDelayMs, maxDelayMs } = this.#parts.settings.connection;
    const { rootNodes } = this.options;
    let tries = 0;
    do {
      try {
        const router = await this.discover(rootNodes, signal);
        const discard = () => {
          router.discard();
        };
        signal.addEventListener('abort', discard);
        try {
          const template = await router.nodeTemplate();
          if (!isAborted(signal)) this.#connected(router, template);
          return;
        } catch (error) {
          discard();
          throw error;
        } finally {
          signal.removeEventListener('abort', discard);
        }
      } catch (error) {
        this.#connectFailed(error as Failure);
      }
    } while (await sleep(fullJitterMs(tries++, baseDelayMs, maxDelayMs), signal));
  }

  #connected(router: Router, template: AnyClient): void {
    const { settings, hub } = this.#parts;
    const { connection } = settings;
    const current = () => this.connected?.routes.router ?? router;
    const nodes: Nodes = new Nodes({
      ...{ template, hub, options: connection, credentials: this.#credentials },
      clientFor: (view) => current().clientFor(view),
      readonly: this.options.useReplicas === true,
      reachableAt: (node) => reachableAt(node, this.options.nodeAddressMap),
      restate: (node, event, args) => {
        this.#restate(node, event, args);
      },
      listener: {
        onAvailable: () => {
          this.#nodeChanged();
        },
        onUnavailable: () => {
          this.#nodeChanged();
        },
        onConnectFailed: (reason, refused) => {
          this.#lastFailure = reason;
          if (!this.#isAvailable)
            this.#listeners.tell((one) => one.onConnectFailed?.(reason, refused));
          this.#nodeChanged();
        },
      },
    });
    const topology = new Topology(nodes, this.options.useReplicas === true);
    const carrier = new RouterCarrier(nodes, topology, current, () => {
      this.#listeners.freed();
    });
    const { connectMs, maxDelayMs } = connection;
    const { options } = this;
    const routes = new Routes(
      {
        ...{ options, nodes, topology, connectMs, maxDelayMs },
        discover: (...from) => this.discover(...from),
      },
      router,
    );
    this.#phase = { name: 'connected', nodes, topology, routes, carrier };
    topology.follow(router);
  }

  /** A node can be reached, or cannot any more. */
  #nodeChanged(): void {
    if (this.#phase.name !== 'connected') return;
    const { nodes, topology, routes } = this.#phase;
    if (nodes.anyAvailable === undefined) this.#setAvailable(false);
    else if (nodes.allTried) this.#setAvailable(true);
    // What goes to several nodes needs them all: at first, the others get their chance too.
    else
      this.#stragglers ??= setTimeout(() => {
        this.#setAvailable(nodes.anyAvailable !== undefined);
      }, STRAGGLERS_MS).unref();
    if (topology.isIncomplete) void routes.look();
  }

  #setAvailable(isAvailable: boolean): void {
    if (this.#phase.name !== 'connected' || isAvailable === this.#isAvailable) return;
    clearTimeout(this.#stragglers);
    this.#stragglers = undefined;
    this.#isAvailable = isAvailable;
    const { carrier } = this.#phase;
    if (isAvailable) {
      this.#lastFailure = undefined;
      this.#parts.restate('connect');
      this.#listeners.tell((listener) => listener.onAvailable?.(carrier));
    } else {
      const reason = this.#lastFailure ?? NOT_YET;
      this.#listeners.tell((listener) => listener.onUnavailable?.(reason));
    }
  }

  #connectFailed(reason: Failure): void {
    if (this.#phase.name !== 'connecting') return;
    const { hub, restate, settings } = this.#parts;
    this.#lastFailure = reason;
    const refused = isRefusal(reason);
    if (reason.kind === 'auth' && reason.endedBy === 'server') this.#credentials.refused();
    const nextMs = settings.connection.maxDelayMs;
    hub.state({ type: 'connection.failed', failure: summarize(reason), nextMs });
    restate('error', reason.reply ?? reason.cause ?? new Error(reason.message));
    this.#listeners.tell((listener) => listener.onConnectFailed?.(reason, refused));
    if (refused) this.abandonWaiting(reason);
  }

  /** As the client names them; redis 4 tells errors of its nodes only. */
  #restate({ host, port }: ClusterNode, event: string, args: readonly unknown[]): void {
    const { template, restate } = this.#parts;
    if (!isMajor4(template)) {
      restate(event === 'end' ? 'node-disconnect' : `node-${event}`, ...args, { host, port });
    } else if (event === 'error') {
      restate(event, ...args);
    }
  }
}

/** As a call, so that the compiler does not take what was true before an await for true after it. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
