import type { AnyClient } from '../../commands/client.ts';
import type { View } from '../../commands/operation.ts';
import type { Failure } from '../../failures/failure.ts';
import type { ConnectionOptions } from '../../options/types.ts';
import type { EventHub, EventSink } from '../../telemetry/hub.ts';
import { Connector } from '../connector.ts';
import type { CredentialSource } from '../credentials.ts';
import type { LineListener } from '../line.ts';
import { Session } from '../session.ts';
import { Subscriptions } from '../subscriptions.ts';
import { Supervisor } from '../supervisor.ts';
import type { Address } from '../template.ts';
import type { ClusterNode } from './router.ts';

/** What the connections to the nodes of a cluster are made from. */
export interface NodesParts {
  /** A node's client, never connected. */
  readonly template: AnyClient;
  readonly options: ConnectionOptions;
  readonly credentials: CredentialSource;
  readonly hub: EventHub;
  /** What users call on: the router, which knows the node of each command. */
  readonly clientFor: (view: View) => AnyClient;
  /** Whether replicas are read from: any node may be one some day, and a master ignores it. */
  readonly readonly: boolean;
  readonly reachableAt: (node: ClusterNode) => Address;
  /** States an event of a node to the user's listeners. */
  readonly restate: (node: ClusterNode, event: string, args: readonly unknown[]) => void;
  /** Hears of every node. */
  readonly listener: LineListener;
}

/** The connections to the nodes of a cluster, each made, watched and replaced like a single client's. */
export class Nodes {
  readonly #parts: NodesParts;
  readonly #supervisors = new Map<string, Supervisor>();

  constructor(parts: NodesParts) {
    this.#parts = parts;
  }

  /** A client of a node, never connected. */
  get template(): AnyClient {
    return this.#parts.template;
  }

  get inFlight(): number {
    return [...this.#supervisors.values()].reduce(
      (sum, { current }) => sum + (current?.inFlight ?? 0),
      0,
    );
  }

  /** One that calls can be dispatched to, another each time. */
  get anyAvailable(): Supervisor | undefined {
    const available = [...this.#supervisors.values()].filter((node) => node.available);
    return available[Math.floor(Math.random() * available.length)];
  }

  /** Whether each was connected, or could not be. */
  get allTried(): boolean {
    return [...this.#supervisors.values()].every((node) => node.available ?? node.lastFailure);
  }

  /** The connection to a node; begins to make it where there is none yet. */
  to(node: ClusterNode): Supervisor {
    let supervisor = this.#supervisors.get(node.address);
    if (!supervisor) {
      supervisor = this.#supervise(node);
      this.#supervisors.set(node.address, supervisor);
      supervisor.listen(this.#parts.listener);
      supervisor.open();
    }
    return supervisor;
  }

  /** The client of a node's connection; one that refuses everything while there is none. */
  clientOf(node: ClusterNode): AnyClient {
    return this.#supervisors.get(node.address)?.available?.client ?? this.#parts.template;
  }

  /** Ends the connections to nodes that the cluster does not have any more. */
  keepOnly(addresses: ReadonlySet<string>, reason: Failure): void {
    for (const [address, supervisor] of this.#supervisors) {
      if (addresses.has(address)) continue;
      this.#supervisors.delete(address);
      supervisor.retire(reason);
    }
  }

  close(reason: Failure, how: { readonly reset?: boolean } | undefined): void {
    for (const supervisor of this.#supervisors.values()) supervisor.close(reason, how);
    this.#supervisors.clear();
  }

  #supervise(node: ClusterNode): Supervisor {
    const { template, options, credentials, hub, clientFor, readonly, reachableAt, restate } =
      this.#parts;
    const address = reachableAt(node);
    const connector = new Connector({
      ...{ template, options, credentials, clientFor },
      session: new Session(),
      subscriptions: new Subscriptions(),
      address: () => address,
      readonly,
    });
    return new Supervisor({
      ...{ template, options, connector, credentials },
      hub: exceptEnds(hub.at(() => node.address)),
      restate: (event, ...args) => {
        restate(node, event, args);
      },
      onClosed: ignore,
    });
  }
}

/** That a connection is not needed any more is not the end of the client. */
export function exceptEnds(sink: EventSink): EventSink {
  return {
    wants: (type) => sink.wants(type),
    state: (stated) => {
      if (stated.type !== 'client.closed') sink.state(stated);
    },
  };
}

function ignore(): void {
  // The cluster itself knows.
}
