import { invoke, type AnyClient } from '../commands/client.ts';
import type { ConnectionOptions } from '../options/types.ts';
import { Connection, type ConnectionEvents } from './connection.ts';
import type { CredentialSource } from './credentials.ts';
import type { Session } from './session.ts';
import type { Subscriptions } from './subscriptions.ts';
import { freshClient, type Address } from './template.ts';

/** What every connection of a client is made from. */
export interface ConnectorParts {
  readonly template: AnyClient;
  readonly options: ConnectionOptions;
  readonly credentials: CredentialSource;
  readonly session: Session;
  readonly subscriptions: Subscriptions;
  /** Asked before every connection where the address may change. @throws Failure */
  readonly address?: (() => Address | Promise<Address>) | undefined;
  /** Looks at a connection before it is called ready. @throws Failure where it leads to the wrong place */
  readonly verify?: ((client: AnyClient) => Promise<void>) | undefined;
}

/** Makes connections that pick up where the last one ended: database, credentials, subscriptions. */
export class Connector {
  readonly #parts: ConnectorParts;

  constructor(parts: ConnectorParts) {
    this.#parts = parts;
  }

  /** The connection of the client itself, not opened yet. @throws Failure without usable credentials */
  async main(events: ConnectionEvents): Promise<Connection> {
    const connection = await this.#make(events);
    // Subscriptions ride on the handshake, so that a ready connection is a subscribed one.
    for (const [type, listeners] of this.#parts.subscriptions.listeners((one) =>
      connection.gate(one),
    )) {
      Promise.resolve(invoke(connection.client, 'extendPubSubListeners', type, listeners)).catch(
        ignore,
      );
    }
    return connection;
  }

  /** A connection for blocking commands, open; its owner's to watch and drop. @throws Failure */
  async separate(events: Pick<ConnectionEvents, 'onLost' | 'onFree'>): Promise<Connection> {
    const connection = await this.#make({ ...events, delivers: () => false, onEvent: ignore });
    await connection.open(this.#parts.options.connectMs);
    return connection;
  }

  /** MONITOR cannot ride on the handshake; it is asked for again once the connection is ready. */
  resumeMonitor(connection: Connection): void {
    const { monitor } = this.#parts.session;
    if (monitor) Promise.resolve(invoke(connection.client, 'monitor', monitor)).catch(ignore);
  }

  async #make(events: ConnectionEvents): Promise<Connection> {
    const { template, options, credentials, session, address, verify } = this.#parts;
    const plan = {
      database: session.database,
      credentials: await credentials.next(),
      connectMs: options.connectMs,
      address: await address?.(),
      verify,
    };
    return new Connection(freshClient(template, plan), events);
  }
}

function ignore(): void {
  // A connection that fails reports itself.
}
