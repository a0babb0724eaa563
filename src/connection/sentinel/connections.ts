import { CLOSED } from '../../failures/failure.ts';
import { EventHub } from '../../telemetry/hub.ts';
import type { Connections, ConnectionsParts } from '../connections.ts';
import { opened } from '../opened.ts';
import { singleConnections, type Destination } from '../single.ts';
import { clientClassOf, type CreateClient } from './client-class.ts';
import { mapped, nameOf, nodeTemplate, sentinelOptionsOf } from './options.ts';
import { escort } from './escort.ts';
import { keptSentinel } from './kept.ts';
import { Course } from './course.ts';
import { Sentinels } from './sentinels.ts';

/** The connections of a sentinel; where no fresh ones can be made (redis 5), those that it has. */
export function sentinelConnections(parts: ConnectionsParts): Connections {
  const create = clientClassOf(parts.template);
  return create ? followedMaster(parts, create) : keptSentinel(parts);
}

/**
 * Those of a single client whose address is asked anew for each of them. The sentinel itself, which
 * sends commands again by itself and executes given-up ones later, is never connected.
 */
function followedMaster(parts: ConnectionsParts, create: CreateClient): Connections {
  const { template: sentinel, settings, restate, onClosed } = parts;
  const { connectMs, heartbeatMs, maxDelayMs } = settings.connection;
  const options = sentinelOptionsOf(sentinel);
  const sentinels = new Sentinels(options, create, connectMs);
  const destination: Destination = {
    address: () => sentinels.locate(),
    escort: (client, connecting) => escort(client, connecting, sentinels, maxDelayMs),
  };
  const template = nodeTemplate(sentinel, create);
  // Under RESP2 a connection that is subscribed takes no commands; the sentinel has two as well.
  const messages = singleConnections(
    {
      ...{ settings, template, restate: ignore, onClosed: ignore },
      hub: new EventHub(settings.name),
    },
    destination,
  );
  const calls = singleConnections(
    {
      ...{ ...parts, template },
      onClosed: () => {
        course.stop();
        messages.close(CLOSED);
        onClosed();
      },
    },
    destination,
  );
  const course = new Course(calls.line, sentinels, heartbeatMs, (node) => {
    restate('topology-change', { type: 'MASTER_CHANGE', node });
  });
  return {
    line: calls.line,
    session: calls.session,
    selected: (on) => calls.selected?.(on),
    address: options.sentinelRootNodes.map(nameOf).join(', '),
    separate: calls.separate,
    lease: { template, connect: (leased) => singleConnections(leased, destination) },
    get nodes() {
      const { answer } = sentinels;
      return {
        master: calls.line.available && answer && mapped(options, answer.master),
        sentinel: answer && mapped(options, answer.sentinel),
        replicas: new Map(answer?.replicas.map((one) => [mapped(options, one), 0])),
      };
    },
    get inFlight() {
      return calls.inFlight;
    },
    open() {
      calls.open();
      course.start();
      if (messages.isSubscribed) messages.open();
    },
    close(reason, how) {
      calls.close(reason, how);
    },
    subscriber(type) {
      const subscriber = messages.subscriber(type);
      if (!calls.line.isOpen || messages.line.isOpen) return subscriber;
      messages.open();
      return { ...subscriber, opening: opened(messages.line, connectMs) };
    },
    get isSubscribed() {
      return messages.isSubscribed;
    },
  };
}

function ignore(): void {
  // The connection of calls tells what happens to the client.
}
