import { channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import type { AnyClient } from '../../../src/commands/client.ts';
import type { ListenersByChannel } from '../../../src/connection/subscriptions.ts';

/** A raw socket as far as a connection looks at it. */
export class SocketStandIn extends EventEmitter {
  bytesRead = 0;
  wasReset = false;

  resetAndDestroy(): void {
    this.wasReset = true;
  }
}

/** Everything behind the clients of one test: what becomes of those who connect and who ask. */
export class Site {
  /** Every client that was made to connect, in order. */
  readonly clients: ClientStandIn[] = [];
  /** Resolves or rejects where a connection is made or refused; hangs where nothing is heard. */
  connecting: (client: ClientStandIn) => Promise<unknown> = () => Promise.resolve();
  /** Whether Node announces raw sockets, as it does of TCP only. */
  hasSockets = true;
  /** What becomes of subscriptions and MONITOR, where they fail. */
  refuse: Error | undefined;
  /** How commands are answered. */
  answering: (command: readonly string[], client: ClientStandIn) => Promise<unknown> = (command) =>
    Promise.resolve(command[0] === 'ECHO' ? command[1] : 'PONG');

  get last(): ClientStandIn {
    return this.clients.at(-1)!;
  }

  /** Those that nobody has ended. */
  get alive(): ClientStandIn[] {
    return this.clients.filter(({ isDestroyed }) => !isDestroyed);
  }

  /** The user's client, which is never connected. */
  template(options: object = {}): AnyClient {
    return new ClientStandIn(this, options) as unknown as AnyClient;
  }
}

/** A client of redis 5 or 6 as far as a connection uses it. */
export class ClientStandIn extends EventEmitter {
  readonly _self = this;
  readonly options: any;
  readonly socket: SocketStandIn = new SocketStandIn();
  readonly asked: string[] = [];
  readonly calls: string[] = [];
  readonly subscribed = new Map<string, ListenersByChannel>();
  isOpen = false;
  isReady = false;
  isPubSubActive = false;
  isDestroyed = false;
  _commandOptions: object | undefined;
  readonly #site: Site;
  #pending: ((error: Error) => void)[] = [];

  constructor(site: Site, options: object) {
    super();
    this.#site = site;
    this.options = options;
  }

  duplicate(overrides: object = {}): ClientStandIn {
    const client = new ClientStandIn(this.#site, { ...this.options, ...overrides });
    this.#site.clients.push(client);
    return client;
  }

  async connect(): Promise<void> {
    this.isOpen = true;
    if (this.#site.hasSockets) channel('net.client.socket').publish({ socket: this.socket });
    await this.#unlessDestroyed(this.#site.connecting(this));
    this.isReady = true;
  }

  sendCommand(command: readonly string[]): Promise<unknown> {
    this.asked.push(command.join(' '));
    return this.#unlessDestroyed(this.#site.answering(command, this));
  }

  destroy(): void {
    this.isOpen = this.isReady = false;
    this.isDestroyed = true;
    for (const reject of this.#pending) reject(disconnected());
    this.#pending = [];
  }

  /** The peer hangs up, or sends what the client cannot read. */
  lose(error: Error = new Error('Socket closed unexpectedly')): void {
    this.isOpen = this.isReady = false;
    this.emit('error', error);
  }

  extendPubSubListeners(type: string, listeners: ListenersByChannel): Promise<void> {
    this.subscribed.set(type, listeners);
    return this.#called(`extendPubSubListeners ${type}`);
  }

  sSubscribe(channel: string, _listener: unknown, buffers: boolean): Promise<void> {
    return this.#called(`sSubscribe ${channel}${buffers ? ' in buffers' : ''}`);
  }

  monitor(): Promise<void> {
    return this.#called('monitor');
  }

  ref(): void {
    this.calls.push('ref');
  }

  unref(): void {
    this.calls.push('unref');
  }

  #called(name: string): Promise<void> {
    this.calls.push(name);
    return this.#site.refuse ? Promise.reject(this.#site.refuse) : Promise.resolve();
  }

  #unlessDestroyed(work: Promise<unknown>): Promise<unknown> {
    const ended = new Promise((_, reject) => {
      this.#pending.push(reject);
    });
    ended.catch(() => undefined);
    return Promise.race([work, ended]);
  }
}

/** As the client names what a server answers with an error. */
export class ErrorReply extends Error {}

class DisconnectsClientError extends Error {}

const disconnected = () => new DisconnectsClientError('Disconnects client');

/** Never settles. */
export const nothing = (): Promise<never> => new Promise(() => undefined);
