import { EventEmitter } from 'node:events';
import type { AnyClient } from '../../../../src/commands/client.ts';
import { ClientStandIn, nothing, Site } from '../client-stand-in.ts';

/** What one sentinel says, or does. */
export interface SentinelAnswer {
  readonly master: number | undefined;
  readonly others?: readonly number[];
  readonly replicas?: readonly number[];
}

const listOf = (ports: readonly number[]) =>
  ports.map((port) => ['name', 'x', 'ip', '127.0.0.1', 'port', String(port)]);

/** Sentinels and servers by their ports; clients of both are made by one class. */
export class SentinelSite {
  readonly clients = new Site();
  /** A sentinel that is not here refuses connections, and one without an answer is frozen. */
  readonly sentinels = new Map<number, SentinelAnswer | 'frozen' | Error>();
  /** What servers say of themselves. */
  roles = new Map<number, string | Error>();
  /** Servers that do not let anybody in. */
  readonly away = new Set<number>();

  constructor() {
    this.clients.connecting = ({ options }) => {
      const { port } = options.socket;
      if (this.away.has(port)) return Promise.reject(refused());
      if (port < 26_000) return Promise.resolve();
      const sentinel = this.sentinels.get(port);
      if (!sentinel) return Promise.reject(refused());
      return sentinel === 'frozen' ? nothing() : Promise.resolve();
    };
    this.clients.answering = ([name, what], { options }) => {
      const { port } = options.socket;
      const role = this.roles.get(port) ?? 'master';
      if (name === 'ROLE') {
        return role instanceof Error ? Promise.reject(role) : Promise.resolve([role]);
      }
      if (name !== 'SENTINEL') return Promise.resolve(name === 'ECHO' ? what : 'PONG');
      const says = this.sentinels.get(port);
      if (says instanceof Error) return Promise.reject(says);
      if (!says || says === 'frozen') return nothing();
      const { master, others = [], replicas = [] } = says;
      if (what === 'SENTINELS') return Promise.resolve(listOf(others));
      if (what === 'REPLICAS') return Promise.resolve(listOf(replicas));
      return Promise.resolve(master === undefined ? null : ['127.0.0.1', String(master)]);
    };
  }

  /** Connections to a port that are there. */
  at(port: number): ClientStandIn[] {
    return this.clients.clients.filter(
      ({ options, isReady }) => isReady && options.socket.port === port,
    );
  }

  /** Makes clients, as the class does that a sentinel makes its own of. */
  readonly create = (options: object): AnyClient => {
    const client = new ClientStandIn(this.clients, options);
    this.clients.clients.push(client);
    return client as unknown as AnyClient;
  };

  /** A sentinel of redis 6, which is never connected. */
  template(options: object = {}): AnyClient {
    return new SentinelStandIn(this, {
      name: 'mymaster',
      sentinelRootNodes: [26_001, 26_002].map((port) => ({ host: '127.0.0.1', port })),
      ...options,
    }) as unknown as AnyClient;
  }
}

const refused = () =>
  Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });

/** A sentinel as far as its options and the class of its clients are looked for. */
class SentinelStandIn extends EventEmitter {
  readonly _self = this;
  readonly #site: SentinelSite;
  readonly _options: any;

  constructor(site: SentinelSite, options: object) {
    super();
    this.#site = site;
    this._options = options;
  }

  duplicate(overrides: object): SentinelStandIn {
    return new SentinelStandIn(this.#site, { ...this._options, ...overrides });
  }

  /** Makes the client of a sentinel, to whose class it attaches the scripts that it was given. */
  async connect(): Promise<void> {
    const { create } = this.#site;
    const made = class extends EventEmitter {
      static create = create;
    };
    const { scripts } = this._options.sentinelClientOptions;
    for (const name of Object.keys(scripts)) Reflect.set(made.prototype, name, () => undefined);
    return Promise.resolve();
  }
}
