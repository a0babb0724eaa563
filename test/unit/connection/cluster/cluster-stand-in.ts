import { EventEmitter } from 'node:events';
import type { AnyClient } from '../../../../src/commands/client.ts';
import { slotOf } from '../../../../src/commands/slot.ts';
import type { ClusterNode } from '../../../../src/connection/cluster/router.ts';
import { ClientStandIn, Site } from '../client-stand-in.ts';

/** A master on a port of 127.0.0.1, with the slots that it has and the ports of its replicas. */
export interface MasterStandIn {
  readonly port: number;
  readonly from: number;
  readonly to: number;
  readonly replicas?: readonly number[];
}

interface Node extends Omit<ClusterNode, 'client'> {
  client?: ClientStandIn;
}

/** A cluster: which node has which slots at the moment, and the clients of nodes and of the whole. */
export class ClusterSite {
  readonly nodes = new Site();
  readonly routers: ClusterClientStandIn[] = [];
  masters: readonly MasterStandIn[];
  /** What becomes of a client of the whole cluster that asks a root for the slots. */
  discovering: (router: ClusterClientStandIn) => Promise<unknown> = () => Promise.resolve();

  constructor(masters: readonly MasterStandIn[] = [HALVES[0], HALVES[1]]) {
    this.masters = masters;
    this.nodes.answering = ([name, ...words]) => {
      if (name === 'CLUSTER') return Promise.resolve(this.slots);
      return Promise.resolve(name === 'ECHO' ? words[0] : 'PONG');
    };
  }

  /** The user's client, which is never connected. */
  template(options: object = {}): AnyClient {
    const rootNodes = [{ socket: { host: '127.0.0.1', port: 7001 } }];
    return new ClusterClientStandIn(this, { rootNodes, ...options }) as unknown as AnyClient;
  }

  /** Reply to CLUSTER SLOTS. */
  get slots(): unknown {
    return this.masters.map(({ port, from, to }) => [from, to, ['127.0.0.1', port, 'id', []]]);
  }

  /** Connections to a node that are there. */
  at(port: number): ClientStandIn[] {
    return this.nodes.clients.filter(
      ({ options, isReady }) => isReady && options.socket.port === port,
    );
  }

  get lastRouter(): ClusterClientStandIn {
    return this.routers.at(-1)!;
  }
}

/** Two masters that share the slots: `a` (15495) is in the second half, `b` (3300) in the first. */
export const HALVES = [
  { port: 7001, from: 0, to: 8_191 },
  { port: 7002, from: 8_192, to: 16_383 },
] as const satisfies readonly MasterStandIn[];

/** A cluster client of redis 5 as far as a router uses it. */
export class ClusterClientStandIn extends EventEmitter {
  readonly _self = this;
  readonly _options: any;
  slots: ({ master: Node } | undefined)[] = [];
  masters: Node[] = [];
  replicas: Node[] = [];
  nodeByAddress = new Map<string, Node>();
  isOpen = false;
  isDestroyed = false;
  readonly #site: ClusterSite;
  #end: ((error: Error) => void) | undefined;

  constructor(site: ClusterSite, options: object) {
    super();
    this.#site = site;
    this._options = options;
  }

  duplicate(overrides: object): ClusterClientStandIn {
    const client = new ClusterClientStandIn(this.#site, { ...this._options, ...overrides });
    this.#site.routers.push(client);
    return client;
  }

  async connect(): Promise<void> {
    this.isOpen = true;
    const ended = new Promise((_, reject) => (this.#end = reject));
    await Promise.race([this.#site.discovering(this), ended]);
    this.learn();
  }

  /** Hears who has which slots, as the client does of itself when it is redirected. */
  learn(): void {
    const node = (port: number, readonly: boolean): Node => {
      const address = `127.0.0.1:${port}`;
      const known = this.nodeByAddress.get(address);
      if (known) return known;
      const made: Node = { host: '127.0.0.1', port, address, readonly };
      this.nodeByAddress.set(address, made);
      return made;
    };
    const slots = new Array<{ master: Node } | undefined>(16_384);
    const { masters } = this.#site;
    this.masters = masters.map(({ port }) => node(port, false));
    this.replicas = masters.flatMap(({ replicas = [] }) =>
      replicas.map((port) => node(port, true)),
    );
    for (const [index, { from, to }] of masters.entries()) {
      slots.fill({ master: this.masters[index]! }, from, to + 1);
    }
    this.slots = slots;
  }

  async nodeClient(node: Node): Promise<ClientStandIn> {
    node.client ??= new ClientStandIn(this.#site.nodes, {
      name: 'node',
      socket: {
        ...{ host: node.host, port: node.port, keepAlive: true },
        ...{ reconnectStrategy: false, signal: new AbortController().signal },
      },
    });
    if (!node.client.isOpen) await node.client.connect();
    return node.client;
  }

  sendCommand(command: readonly string[]): Promise<unknown> {
    const node = command[1] ? this.slots[slotOf(command[1])]!.master : this.masters[0]!;
    return node.client!.sendCommand(command);
  }

  destroy(): void {
    this.isDestroyed = true;
    this.#end?.(new Error('The client is closed'));
  }
}
