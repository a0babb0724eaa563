import { invoke, type AnyClient } from '../commands/client.ts';
import type { View } from '../commands/operation.ts';
import type { ConnectionOptions } from '../options/types.ts';
import { Connection, type ConnectionEvents } from './connection.ts';
import type { CredentialSource } from './credentials.ts';
import type { Session } from './session.ts';
import type { Subscriptions } from './subscriptions.ts';
import { freshClient, type Address, type Escort } from './template.ts';

/** What every connection of a client is made from. */
export interface ConnectorParts {
  readonly template: AnyClient;
  readonly options: ConnectionOptions;
  readonly credentials: CredentialSource;
  readonly session: Session;
  readonly subscriptions: Subscriptions;
  /** Asked before every connection where the address may change. @throws Failure */
  readonly address?: (() => Address | Promise<Address>) | undefined;
  readonly escort?: Escort | undefined;
  readonly readonly?: boolean;
  /** Where calls are handed to instead of the connection itself: the router of a cluster. */
  readonly clientFor?: (view: View) => AnyClient;
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
    const silent = { delivers: () => false, onListenerFailed: ignore, onEvent: ignore };
    const connection = await this.#make({ ...events, ...silent });
    await connection.open(this.#parts.options.connectMs);
    return connection;
  }

  /** Asks a ready connection for what could not ride on its handshake: MONITOR, and what came up meanwhile. */
  resume(connection: Connection): void {
    const { session, subscriptions } = this.#parts;
    const { monitor } = session;
    if (databaseOf(connection.client) !== this.#database) this.select(connection);
    if (monitor) Promise.resolve(invoke(connection.client, 'monitor', monitor)).catch(ignore);
    for (const change of subscriptions.takeChanges()) {
      Promise.resolve(change(connection)).catch(ignore);
    }
  }

  /** Has a connection run what comes after this on the database that was selected last. */
  select(connection: Connection): void {
    connection.ask('SELECT', String(this.#database)).catch(ignore);
  }

  get #database(): number {
    return this.#parts.session.database ?? databaseOf(this.#parts.template);
  }

  async #make(events: ConnectionEvents): Promise<Connection> {
    const { template, options, credentials, session, address } = this.#parts;
    const { escort, readonly, clientFor } = this.#parts;
    const plan = {
      database: session.database,
      credentials: await credentials.next(),
      connectMs: options.connectMs,
      address: await address?.(),
      escort,
      readonly,
    };
    return new Connection(freshClient(template, plan), events, clientFor);
  }
}

/** The database that a client selects in its handshake. */
const databaseOf = ({ options }: AnyClient): number => options?.database ?? 0;

function ignore(): void {
  // A connection that fails reports itself.
}
