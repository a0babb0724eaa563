import { setMaxListeners } from 'node:events';
import { rootOf, type AnyClient, type ClientOptions } from '../../commands/client.ts';
import type { Target, View } from '../../commands/operation.ts';
import type { Credentials } from '../../options/types.ts';
import { asFailure } from '../connection.ts';
import { authOptions, commandOptions, destroyClient } from '../template.ts';
import { Views } from '../views.ts';
import { within } from '../within.ts';
import { handleOf } from './handle.ts';
import { rangesOf } from './slot-map.ts';

/** A node as the cluster client knows it. */
export interface ClusterNode {
  readonly host: string;
  readonly port: number;
  /** `host:port`. */
  readonly address: string;
  readonly readonly: boolean;
  /** Its connection, as far as the client made one. */
  readonly client?: AnyClient | Promise<AnyClient> | undefined;
}

/** The members of a cluster client that this library looks at; all of them public, on every major. */
export interface ClusterClient extends AnyClient {
  readonly slots: readonly ({ readonly master: ClusterNode } | undefined)[];
  readonly masters: readonly ClusterNode[];
  readonly replicas: readonly ClusterNode[];
  readonly nodeByAddress: Map<string, ClusterNode>;
  nodeClient(node: ClusterNode): AnyClient | Promise<AnyClient>;
}

/** The options of a cluster that this library reads. */
export interface ClusterOptions {
  readonly rootNodes: readonly ClientOptions[];
  readonly defaults?: ClientOptions;
  readonly useReplicas?: boolean;
  readonly nodeAddressMap?: NodeAddressMap;
}

type NodeAddress = { readonly host: string; readonly port: number } | undefined;
type NodeAddressMap = Readonly<Record<string, NodeAddress>> | ((address: string) => NodeAddress);

/** Where to learn the slots from, and how. */
export interface RouterPlan {
  readonly root: ClientOptions;
  readonly credentials: Credentials | undefined;
  readonly connectMs: number;
}

/** Gives the router the connection to a node, or a closed client while there is none. */
export type NodeClients = (node: ClusterNode) => AnyClient;

/**
 * One cluster object of node-redis, for what it does well: it knows the slots, follows redirections and
 * splits commands. Left to itself it would connect its nodes too, and keep them for ever when they die;
 * `connectThrough` gives it ours instead. It is never repaired: a changed cluster gets a fresh router.
 */
export class Router implements Target {
  readonly client: ClusterClient;
  readonly #connectMs: number;
  readonly #controller = new AbortController();
  readonly #views: Views;
  #lastError: unknown;

  constructor(template: AnyClient, { defaults }: ClusterOptions, plan: RouterPlan) {
    const { signal } = this.#controller;
    setMaxListeners(0, signal);
    const auth = plan.credentials && authOptions(template, plan.credentials);
    const socket = {
      ...defaults?.socket,
      connectTimeout: plan.connectMs,
      reconnectStrategy: false,
      signal,
    };
    this.#connectMs = plan.connectMs;
    this.client = template.duplicate({
      ...commandOptions(template),
      // One only: a cluster object that is given up goes on to the next, past its aborted signal.
      rootNodes: [auth ? { ...withoutUrl(plan.root), ...auth } : plan.root],
      // It connects a node when it needs it; one that is frozen would keep it from being ready.
      minimizeConnections: true,
      defaults: { ...defaults, ...auth, socket },
    }) as ClusterClient;
    this.#views = new Views(this.client);
    for (const event of ['error', 'node-error']) {
      rootOf(this.client).on(event, (error: unknown) => (this.#lastError = error));
    }
  }

  /** The array of the slots, which the client replaces when it hears that they moved. */
  get slots(): ClusterClient['slots'] {
    return this.client.slots;
  }

  /** Which slots are served where, in a form that can be compared. */
  get ranges(): string {
    return rangesOf((slot) => this.slots[slot]?.master.address);
  }

  /** Learns the slots. @throws Failure where that fails, or does not end within `connectMs` */
  async open(): Promise<void> {
    try {
      const message = `The cluster did not tell its slots within ${this.#connectMs} ms`;
      await within(this.#connectMs, message, Promise.resolve(this.client.connect()));
      // Redis 4 would look for a node among none, for ever and synchronously.
      if (this.client.masters.length === 0) throw new Error('The node serves no slots');
    } catch (error) {
      this.discard();
      throw asFailure(this.#lastError ?? error); // eslint-disable-line @typescript-eslint/only-throw-error
    }
  }

  /**
   * Lets it reach its nodes, those it hears of later included, through connections that are not its own;
   * once it is discarded, it finds `none` everywhere.
   */
  connectThrough(clientOf: NodeClients, none: AnyClient): void {
    const { nodeByAddress } = this.client;
    const client = (node: ClusterNode) =>
      handleOf(this.#controller.signal.aborted ? none : clientOf(node));
    const adopt = (node: ClusterNode) =>
      Object.defineProperty(node, 'client', { get: () => client(node), set: ignore });
    for (const node of nodeByAddress.values()) adopt(node);
    nodeByAddress.set = (address, node) => {
      Map.prototype.set.call(nodeByAddress, address, adopt(node));
      return nodeByAddress;
    };
  }

  /**
   * A client of the class and with the options that this cluster's nodes have, never connected. One node
   * must be reachable for that, since redis 4 shows a node's client only once it is.
   * @throws Failure
   */
  async nodeTemplate(): Promise<AnyClient> {
    const { masters } = this.client;
    const connecting = masters.map(async (node) => this.client.nodeClient(node));
    try {
      const message = `No node of the cluster could be connected within ${this.#connectMs} ms`;
      const client = await within(this.#connectMs, message, Promise.any(connecting));
      const { socket } = client.options ?? {};
      return client.duplicate({
        url: undefined,
        socket: { ...socket, signal: undefined, reconnectStrategy: undefined },
      });
    } catch (error) {
      const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
      throw asFailure(first); // eslint-disable-line @typescript-eslint/only-throw-error
    } finally {
      // Redis 4 has a promise there while a node is being connected, which may be for ever.
      for (const { client } of masters) Promise.resolve(client).then(end, ignore);
    }
  }

  clientFor(view: View): AnyClient {
    return this.#views.of(view);
  }

  /** Ends it, and the connections that it made itself. */
  discard(): void {
    this.#controller.abort();
    destroyClient(this.client);
  }
}

/** A root whose URL would be parsed again, on top of other credentials. */
function withoutUrl(root: ClientOptions): ClientOptions {
  const { url, ...options } = root;
  if (typeof url !== 'string') return root;
  const { hostname, port, protocol } = new URL(url);
  const tls = protocol === 'rediss:' && { tls: true };
  return {
    ...options,
    socket: { ...options.socket, host: hostname, port: Number(port || 6379), ...tls },
  };
}

/** Where a node can be reached from here, which behind a NAT is not where the cluster says. */
export function reachableAt(
  node: Pick<ClusterNode, 'address' | 'host' | 'port'>,
  map: NodeAddressMap | undefined,
): { readonly host: string; readonly port: number } {
  const mapped = typeof map === 'function' ? map(node.address) : map?.[node.address];
  return mapped ?? { host: node.host, port: node.port };
}

function end(client: AnyClient | undefined): void {
  if (client) destroyClient(client);
}

function ignore(): void {
  // The client forgets a node's connection; whether it ends is not its decision.
}
