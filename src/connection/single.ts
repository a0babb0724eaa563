import { addressOf } from './address.ts';
import type { Connections, ConnectionsParts } from './connections.ts';
import { Connector, type ConnectorParts } from './connector.ts';
import { CredentialSource } from './credentials.ts';
import { Session } from './session.ts';
import { Subscriptions } from './subscriptions.ts';
import { Supervisor } from './supervisor.ts';

/** Where connections lead, where the template does not say it. */
export type Destination = Pick<ConnectorParts, 'address' | 'escort'>;

/** The connections of a single client: one for everything, beside it one for each blocking command. */
export function singleConnections(
  parts: ConnectionsParts,
  destination: Destination = {},
): Connections {
  const { template, settings, hub, restate, onClosed } = parts;
  const { connection: options } = settings;
  const credentials = new CredentialSource(settings.credentials, options.connectMs);
  const session = new Session();
  const subscriptions = new Subscriptions();
  const connector = new Connector({
    ...{ template, options, credentials, session, subscriptions },
    ...destination,
  });
  const supervisor = new Supervisor({
    ...{ template, options, connector, credentials, hub, restate, onClosed },
  });
  const subscriber = {
    subscriptions,
    get current() {
      return supervisor.current;
    },
  };
  return {
    line: supervisor,
    get current() {
      return supervisor.current;
    },
    session,
    selected: (on) => {
      const { current } = supervisor;
      if (current && current !== on) connector.select(current);
    },
    address: addressOf(template.options),
    separate: (events) => connector.separate(events),
    get inFlight() {
      return supervisor.current?.inFlight ?? 0;
    },
    open: () => {
      supervisor.open();
    },
    close: (reason, how) => {
      supervisor.close(reason, how);
    },
    reference: (referenced) => {
      supervisor.reference(referenced);
    },
    subscriber: () => subscriber,
    get isSubscribed() {
      return !subscriptions.isEmpty;
    },
  };
}
