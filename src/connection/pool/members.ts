import { invoke, rootOf, type AnyClient } from '../../commands/client.ts';
import { destroyClient } from '../template.ts';

/** The members of a pool that were met in a state in which they can take no command. */
export class Members {
  readonly #connectMs: number;
  readonly #onReady: () => void;
  readonly #known = new WeakSet<AnyClient>();
  #isClosed = false;
  /** Since when each of them is being connected. */
  readonly #connecting = new WeakMap<AnyClient, number>();

  constructor(connectMs: number, onReady: () => void) {
    this.#connectMs = connectMs;
    this.#onReady = onReady;
  }

  /** From now on a member is only ended, not connected again. */
  close(): void {
    this.#isClosed = true;
  }

  open(): void {
    this.#isClosed = false;
  }

  /** Looks after a member that is not ready: a pool does not, and lends it out all the same. */
  tend(member: AnyClient): void {
    const root = rootOf(member);
    this.#listen(root);
    const since = this.#connecting.get(root);
    if (since !== undefined && performance.now() - since > this.#connectMs) {
      // Nothing in the client bounds a handshake.
      this.recycle(member);
      return;
    }
    if (since === undefined) this.#connecting.set(root, performance.now());
    if (!member.isOpen) this.#connect(member);
  }

  /** Takes the socket from a member and gives it another, so that nothing it was given is executed later. */
  recycle(member: AnyClient): void {
    destroyClient(member);
    this.#connecting.delete(rootOf(member));
    this.#connect(member);
  }

  #connect(member: AnyClient): void {
    if (this.#isClosed) return;
    Promise.resolve(invoke(member, 'connect')).catch(ignore);
  }

  /** Once and for all: removing a listener would remove the pool's own as well (it counts elsewhere). */
  #listen(root: AnyClient): void {
    if (this.#known.has(root)) return;
    this.#known.add(root);
    root.on('ready', () => {
      this.#connecting.delete(root);
      this.#onReady();
    });
  }
}

function ignore(): void {
  // The pool's `error` event tells it, and whoever leases the member sees it.
}
