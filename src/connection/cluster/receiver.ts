import type { AnyClient } from '../../commands/client.ts';
import type { Failure } from '../../failures/failure.ts';
import type { ConnectionOptions } from '../../options/types.ts';
import type { EventSink } from '../../telemetry/hub.ts';
import type { Connection } from '../connection.ts';
import type { Subscriber } from '../connections.ts';
import { Connector } from '../connector.ts';
import type { CredentialSource } from '../credentials.ts';
import { opened } from '../opened.ts';
import { Session } from '../session.ts';
import { Subscriptions } from '../subscriptions.ts';
import { Supervisor } from '../supervisor.ts';
import type { Address } from '../template.ts';

/** What a receiver's connection is made from. */
export interface ReceiverParts {
  readonly options: ConnectionOptions;
  readonly credentials: CredentialSource;
  readonly hub: EventSink;
  /** Where to connect to at this moment. @throws Failure where nobody knows */
  readonly address: () => Address;
  /** The server says that a sharded channel is not its any more. */
  readonly onMoved: (channel: string) => void;
}

/** A connection for messages alone, made, watched and replaced like a single client's. */
export class Receiver implements Subscriber {
  readonly subscriptions: Subscriptions = new Subscriptions();
  readonly #parts: ReceiverParts;
  #supervisor: Supervisor | undefined;
  #opening: Promise<void> | undefined;

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
  }

  get current(): Connection | undefined {
    return this.#supervisor?.current;
  }

  get opening(): Promise<void> | undefined {
    return this.#opening;
  }

  /** Connects, unless it is connected already. */
  open(template: AnyClient): void {
    if (this.#supervisor) return;
    const { options, credentials, hub, address, onMoved } = this.#parts;
    const { subscriptions } = this;
    const session = new Session();
    const connector = new Connector({
      ...{ template, options, credentials, session, subscriptions, address },
    });
    const supervisor = new Supervisor({
      ...{ template, options, connector, credentials, hub },
      restate: (event, channel) => {
        if (event === 'sharded-channel-moved') onMoved(String(channel));
      },
      onClosed: ignore,
    });
    this.#supervisor = supervisor;
    // Nobody waits longer for a subscription than for a connection; it is carried over to the next one.
    this.#opening = opened(supervisor, options.connectMs).finally(() => {
      this.#opening = undefined;
    });
    supervisor.open();
  }

  close(reason: Failure): void {
    this.#supervisor?.close(reason);
    this.#supervisor = undefined;
  }
}

function ignore(): void {
  // Whoever closes it knows.
}
