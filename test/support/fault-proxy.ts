import { connect, Socket } from 'node:net';
import { calm } from './fault-direction.ts';
import type { Conditions } from './fault-direction.ts';
import { Link } from './fault-link.ts';
import { Listener } from './fault-listener.ts';

/** A TCP proxy on loopback that injects faults; a lasting fault holds for new links too until undone. */
export class FaultProxy {
  /** How many connections have been accepted so far. */
  connects = 0;
  readonly #targetPort: number;
  readonly #links = new Set<Link>();
  readonly #conditions = { requests: calm(), replies: calm() };
  readonly #listener = new Listener((client) => {
    this.#accept(client);
  });
  #silent = false;
  #newLinksCutAfter = Infinity;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
  }

  /** Starts a proxy in front of a port of the loopback address. */
  static async start(targetPort: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetPort);
    await proxy.up();
    return proxy;
  }

  get port(): number {
    return this.#listener.port;
  }

  /** How many links are open on the client's side. */
  get links(): number {
    return [...this.#links].filter((link) => link.open).length;
  }

  /** Resets (RST) all links. */
  reset(): void {
    for (const link of this.#links) link.reset();
  }

  /** Closes (FIN) all links. */
  end(): void {
    for (const link of this.#links) link.end();
  }

  /** Refuses new connections and, where asked to, resets the existing links. */
  down({ reset = false } = {}): void {
    this.#listener.close();
    if (reset) this.reset();
  }

  /** Accepts connections on the same port again. */
  async up(): Promise<void> {
    await this.#listener.open();
  }

  /** Silences the existing links both ways for ever; new ones are fine. */
  deadenExisting(): void {
    for (const link of this.#links) link.deaden();
  }

  /** Accepts new connections and never answers on them. */
  silentAccept(): void {
    this.#silent = true;
  }

  /** Silences the existing links and all new ones. */
  blackhole(): void {
    this.deadenExisting();
    this.silentAccept();
  }

  /** Holds all bytes back, in order, until `release`. */
  stall(): void {
    this.#setBoth({ stalled: true });
  }

  /** Delivers what was held back and ends the stall. */
  release(): void {
    this.#setBoth({ stalled: false });
  }

  /** Adds latency in each direction, for bytes that are under way too. */
  delay(ms: number): void {
    this.#setBoth({ delayMs: ms });
  }

  /** Throws replies away while requests still get through. */
  swallowReplies(): void {
    this.#conditions.replies.dropping = true;
  }

  /** Lets replies through again; swallowed ones are gone. */
  restoreReplies(): void {
    this.#conditions.replies.dropping = false;
  }

  /** Delivers replies in segments of at most this many bytes. */
  slice(bytes: number): void {
    this.#conditions.replies.sliceBytes = bytes;
  }

  /** Resets each link after this many more bytes of replies, new links too where asked to. */
  cutAfter(bytes: number, { newLinks = false } = {}): void {
    for (const link of this.#links) link.replies.cutAfter(bytes);
    if (newLinks) this.#newLinksCutAfter = bytes;
  }

  /** Adds bytes that the server never sent to the replies on all links. */
  inject(bytes: string | Uint8Array): void {
    for (const link of this.#links) link.replies.inject(Buffer.from(bytes));
  }

  /** Ends all lasting faults but `down`; links that were silenced stay dead. */
  heal(): void {
    this.#silent = false;
    this.#newLinksCutAfter = Infinity;
    for (const link of this.#links) link.replies.cutAfter(Infinity);
    this.#setBoth(calm());
  }

  /** Closes the listener and all links for good. */
  stop(): void {
    this.down();
    for (const link of this.#links) link.destroy();
  }

  #setBoth(conditions: Partial<Conditions>): void {
    Object.assign(this.#conditions.requests, conditions);
    Object.assign(this.#conditions.replies, conditions);
    for (const link of this.#links) link.pump();
  }

  #accept(client: Socket): void {
    this.connects++;
    const server = this.#silent
      ? new Socket()
      : connect({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true });
    const link = new Link(client, server, this.#conditions);
    link.replies.cutAfter(this.#newLinksCutAfter);
    if (this.#silent) link.deaden();
    this.#links.add(link);
    link.onceGone(() => this.#links.delete(link));
  }
}
