import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { invoke, isMajor4, methodOf, type AnyClient } from '../commands/client.ts';
import type { Credentials } from '../options/types.ts';
import { TcpSocket } from './tcp-socket.ts';

/** What differs from one connection of a client to the next. */
export interface ConnectionPlan {
  readonly database: number | undefined;
  readonly credentials: Credentials | undefined;
  readonly connectMs: number;
  /** Where to connect to, where that is not the template's to say. */
  readonly address?: Address | undefined;
  readonly escort?: Escort | undefined;
  /** Whether it leads to a replica of a cluster, which answers reads only if asked to (READONLY). */
  readonly readonly?: boolean | undefined;
}

/**
 * Goes along while a connection is made, and looks at it before anybody else does.
 * @throws Failure where it leads to the wrong place, or need not be waited for any longer
 */
export type Escort = (client: AnyClient, connecting: Promise<unknown>) => Promise<void>;

/** Where a server listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A client object for one connection, and the ways to begin and end it. */
export interface FreshClient {
  readonly client: AnyClient;
  connect(onWire: (wire: Wire) => void): Promise<unknown>;
  discard(): void;
}

/** What carries the bytes of one connection. */
export interface Wire {
  readonly socket: Socket;
  /** Whether what it carries are the replies themselves. */
  readonly isPlain: boolean;
  /** Has the connection end with a reset when it is discarded, where it is one over TCP. */
  reset(): void;
}

/**
 * Makes the client of one connection from the user's: same options, and none of what would repair,
 * queue or time out behind our back. Each line answers a trap that was measured (redis 4.7, 5.12, 6.3).
 */
export function freshClient(template: AnyClient, plan: ConnectionPlan): FreshClient {
  const options = template.options ?? {};
  const controller = new AbortController();
  const made: { client?: AnyClient } = {};
  const discard = () => {
    controller.abort();
    beneath?.destroy();
    if (made.client) destroyClient(made.client);
  };
  const socket = {
    ...options.socket,
    ...plan.address,
    connectTimeout: plan.connectMs,
    // It counts idle time, and would end a healthy connection; the watchdog counts silence.
    socketTimeout: undefined,
    // Redis 5 leaks what gave up by itself unless it is destroyed from within.
    reconnectStrategy: () => {
      if (made.client && !isMajor4(made.client)) destroyClient(made.client);
      return false;
    },
    // The public way to end a socket in any phase, a silent TLS hello included.
    signal: controller.signal,
  };
  const beneath = options.socket?.tls === true ? new TcpSocket(socket) : undefined;
  const client = template.duplicate({
    // It would be parsed again and win over the database and the credentials below.
    url: undefined,
    socket: { ...socket, ...(beneath && { socket: beneath }) },
    disableOfflineQueue: true,
    // A full queue inside a transaction leaves the connection in MULTI; the bulkhead bounds instead.
    commandsQueueMaxLength: undefined,
    pingInterval: undefined,
    // A handoff to an unreachable address would end the process with an unhandled rejection.
    maintNotifications: 'disabled',
    ...commandOptions(template),
    ...(options.isolationPoolOptions && {
      isolationPoolOptions: { ...options.isolationPoolOptions, min: 0 },
    }),
    ...(plan.database !== undefined && { database: plan.database }),
    ...(plan.readonly && { readonly: true }),
    ...(plan.credentials && authOptions(template, plan.credentials)),
  });
  made.client = client;
  // Node throws where it is asked to reset anything but TCP.
  const isTcp = typeof options.socket?.['path'] !== 'string';
  return {
    client,
    connect: (onWire) => {
      const tell = (wire: Wire) => {
        onWire(isTcp ? wire : { ...wire, reset: ignore });
      };
      const connecting = beneath
        ? connectOver(beneath, client, tell, controller.signal)
        : connect(client, tell);
      return plan.escort ? plan.escort(client, connecting) : connecting;
    },
    discard,
  };
}

/**
 * The template's own command options, a view's included, without the client's timer: redis 6 arms one
 * for every command (7 µs) that does not cover the reply.
 */
export function commandOptions(template: AnyClient): {
  commandOptions?: Readonly<Record<string, unknown>>;
} {
  if (isMajor4(template)) return {};
  const flat: Record<string, unknown> = {};
  // Redis 5 chains the options of views by prototype, which a spread would lose.
  for (const name in template._commandOptions) flat[name] = template._commandOptions[name];
  return { commandOptions: { ...flat, timeout: undefined } };
}

/** Redis 5 and 6 turned an earlier password into a provider, which only another provider replaces. */
export function authOptions(template: AnyClient, { username, password }: Credentials): object {
  const auth = { username, password };
  return isMajor4(template)
    ? auth
    : {
        ...auth,
        credentialsProvider: {
          type: 'async-credentials-provider',
          credentials: () => Promise.resolve(auth),
        },
      };
}

/** Connects TCP, and then the client with its TLS on top. */
async function connectOver(
  beneath: TcpSocket,
  client: AnyClient,
  onWire: (wire: Wire) => void,
  signal: AbortSignal,
): Promise<unknown> {
  const reset = () => {
    beneath.resetWhenDestroyed();
  };
  onWire({ socket: beneath, isPlain: false, reset });
  await beneath.connected(signal);
  return client.connect();
}

/** Connects a client on a socket of its own, which Node announces as it is made. */
function connect(client: AnyClient, onWire: (wire: Wire) => void): Promise<unknown> {
  const announced = (message: unknown) => {
    const { socket } = message as { socket: Socket };
    onWire({ socket, isPlain: true, reset: () => socket.resetAndDestroy() });
  };
  // All three majors make the socket before `connect` returns, so nobody else's can come between.
  subscribe('net.client.socket', announced);
  try {
    return client.connect();
  } finally {
    unsubscribe('net.client.socket', announced);
  }
}

/** Ends a client in whatever phase it is; the majors throw, reject or return where it is closed already. */
export function destroyClient(client: AnyClient): void {
  const method = methodOf(client, 'destroy') ? 'destroy' : 'disconnect';
  try {
    Promise.resolve(invoke(client, method)).catch(ignore);
  } catch {
    ignore();
  }
}

function ignore(): void {
  // Closed already, or nothing to reset.
}
