import { connect, Socket } from 'node:net';
import { Alteration, type Damage } from './fault-alteration.ts';
import { calm, seeded } from './fault-conditions.ts';
import type { Conditions, Way } from './fault-conditions.ts';
import type { Ending } from './fault-direction.ts';
import { Link } from './fault-link.ts';
import { Listener } from './fault-listener.ts';

const uncut = { bytes: Infinity, how: 'reset' } as const;

const waysOf = (way?: Way): readonly Way[] => (way ? [way] : ['requests', 'replies']);

/** A TCP proxy on loopback that injects faults; a lasting fault holds for new links too until undone. */
export class FaultProxy {
  /** When each connection was accepted so far, in times of `performance.now()`. */
  readonly acceptedAt: number[] = [];
  readonly #targetPort: number;
  readonly #links = new Set<Link>();
  readonly #conditions = { requests: calm(), replies: calm() };
  readonly #listener = new Listener((client) => {
    this.#accept(client);
  });
  #welcome: 'serve' | 'ignore' | 'reset' = 'serve';
  #newLinksCut: { bytes: number; how: Ending } = uncut;

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

  /** How many connections have been accepted so far. */
  get connects(): number {
    return this.acceptedAt.length;
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

  /** Sends FIN to the clients of all links; their requests still get through. */
  halfClose(): void {
    for (const link of this.#links) link.halfClose();
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
    this.#welcome = 'ignore';
  }

  /** Accepts new connections and resets each at once; existing links are fine. */
  resetAccept(): void {
    this.#welcome = 'reset';
  }

  /** Silences the existing links and all new ones. */
  blackhole(): void {
    this.deadenExisting();
    this.silentAccept();
  }

  /** Holds all bytes back, in order, until `release`; one way only where asked to. */
  stall(way?: Way): void {
    this.#change({ stalled: true }, way);
  }

  /** Delivers what was held back and ends the stall. */
  release(way?: Way): void {
    this.#change({ stalled: false }, way);
  }

  /** Adds latency in each direction, for bytes that are under way too. */
  delay(ms: number, way?: Way): void {
    this.#change({ delayMs: ms }, way);
  }

  /** Adds a latency of its own to each chunk, up to so much, drawn from the seed; the order stays. */
  jitter(ms: number, seed: number, way?: Way): void {
    for (const each of waysOf(way)) this.#change({ jitterMs: ms, random: seeded(seed) }, each);
  }

  /** Limits how fast the bytes of each link are delivered in each direction. */
  rate(bytesPerSecond: number, way?: Way): void {
    this.#change({ bytesPerSecond }, way);
  }

  /** Throws replies away while requests still get through. */
  swallowReplies(): void {
    this.#conditions.replies.dropping = true;
  }

  /** Lets replies through again; swallowed ones are gone. */
  restoreReplies(): void {
    this.#conditions.replies.dropping = false;
  }

  /** Delivers replies, or requests, in segments of at most this many bytes. */
  slice(bytes: number, way: Way = 'replies'): void {
    this.#change({ sliceBytes: bytes }, way);
  }

  /** Ends each link after this many more bytes of replies, new links too where asked to. */
  cutAfter(
    bytes: number,
    { how = 'reset', newLinks = false }: { how?: Ending; newLinks?: boolean } = {},
  ): void {
    for (const link of this.#links) link.replies.cutAfter(bytes, how);
    if (newLinks) this.#newLinksCut = { bytes, how };
  }

  /** Adds bytes that the server never sent to the replies on all links. */
  inject(bytes: string | Uint8Array): void {
    for (const link of this.#links) link.replies.inject(Buffer.from(bytes));
  }

  /** Damages the replies that come from now on over the newest link; returns what the server sent. */
  alter(damage: Damage): () => Buffer {
    const link = [...this.#links].at(-1);
    if (!link) throw new Error('there is no link to be damaged');
    const alteration = new Alteration(damage);
    link.replies.alter(alteration);
    return () => alteration.original;
  }

  /** Ends all lasting faults but `down`; links that were silenced stay dead. */
  heal(): void {
    this.#welcome = 'serve';
    this.cutAfter(uncut.bytes, { how: uncut.how, newLinks: true });
    this.#change(calm());
  }

  /** Closes the listener and all links for good. */
  stop(): void {
    this.down();
    for (const link of this.#links) link.destroy();
  }

  #change(conditions: Partial<Conditions>, way?: Way): void {
    for (const each of waysOf(way)) Object.assign(this.#conditions[each], conditions);
    for (const link of this.#links) link.adapt();
  }

  #accept(client: Socket): void {
    this.acceptedAt.push(performance.now());
    if (this.#welcome === 'reset') {
      client.resetAndDestroy();
      return;
    }
    const ignored = this.#welcome === 'ignore';
    const server = ignored
      ? new Socket()
      : connect({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true });
    const link = new Link(client, server, this.#conditions);
    link.replies.cutAfter(this.#newLinksCut.bytes, this.#newLinksCut.how);
    if (ignored) link.deaden();
    this.#links.add(link);
    link.onceGone(() => this.#links.delete(link));
  }
}
