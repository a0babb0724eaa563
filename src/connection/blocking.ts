import { failure, type Failure } from '../failures/failure.ts';
import type { Call } from '../pipeline/call.ts';
import { sleep } from '../pipeline/sleep.ts';
import { NOT_NEEDED } from './connection.ts';
import type { AttemptOutcome } from './in-flight.ts';
import type { Carrier, Line } from './line.ts';
import { WaitingRoom } from './waiting-room.ts';

/** As many as a pool of node-redis has at most; further blocking commands wait. */
const MAX_CONNECTIONS = 100;

/** A connection for one blocking command at a time; its owner's to drop. */
export interface SeparateConnection extends Pick<Carrier, 'dispatch'> {
  readonly isReady: boolean;
  drop(reason: Failure, how?: { readonly reset?: boolean }): void;
}

/** Makes connections that nobody watches, open. @throws Failure */
export type SeparateConnector = (events: {
  onLost(connection: SeparateConnection): void;
  onFree(connection: SeparateConnection): void;
}) => Promise<SeparateConnection>;

/** How long a connection stays when no blocking command needs it. */
const IDLE_MS = 10_000;

/**
 * Connections for blocking commands, one for each that is under way: behind a BLPOP everything waits,
 * other blocking commands too. Silence proves nothing here, so nobody watches; a dead path ends with
 * the command's own deadline, or with the kernel's keepalive where it blocks for ever.
 */
export class BlockingConnections {
  readonly #line: Line;
  readonly #connect: SeparateConnector;
  readonly #retryDelayMs: number;
  readonly #maxWaiting: number;
  readonly #room = new WaitingRoom();
  readonly #busy = new Map<SeparateConnection, Call>();
  readonly #idle = new Map<SeparateConnection, NodeJS.Timeout>();
  #opening = 0;
  /** Grows with every other database; a connection stays on the one that it was made for. */
  #epoch = 0;
  readonly #heldIn = new WeakMap<Call, number>();
  #outcome: AttemptOutcome | undefined;
  #closing = new AbortController();

  constructor(line: Line, connect: SeparateConnector, retryDelayMs: number, maxWaiting: number) {
    this.#line = line;
    this.#connect = connect;
    this.#retryDelayMs = retryDelayMs;
    this.#maxWaiting = maxWaiting;
  }

  get waiting(): number {
    return this.#room.size;
  }

  get inFlight(): number {
    return this.#busy.size;
  }

  /** Runs a blocking call on a connection of its own, as soon as there is one. */
  run(call: Call, outcome: AttemptOutcome): void {
    const [idle] = this.#idle.keys();
    if (idle) {
      this.#dispatch(idle, call, outcome);
      return;
    }
    this.#outcome = outcome;
    if (this.#room.size >= this.#maxWaiting) {
      const message = `Cannot send ${call.operation.name}: ${this.#maxWaiting} blocking calls wait already`;
      outcome.failed(call, failure({ kind: 'overloaded', execution: 'not-sent', message }));
      return;
    }
    this.#room.hold(call);
    this.#heldIn.set(call, this.#epoch);
    this.#grow();
  }

  /** A blocking call that is given up would still take an element when one comes: its connection ends. */
  giveUp(call: Call, reason: Failure): void {
    for (const [connection, served] of this.#busy) {
      if (served !== call) continue;
      this.#forget(connection);
      connection.drop(reason);
    }
  }

  /** Empties the waiting room. */
  abandonWaiting(fail: (call: Call) => void): void {
    this.#room.releaseAll(fail);
  }

  /** Ends every connection; another can be asked for later. */
  close(reason: Failure): void {
    this.#closing.abort();
    this.#closing = new AbortController();
    for (const connection of [...this.#busy.keys(), ...this.#idle.keys()]) connection.drop(reason);
    for (const timer of this.#idle.values()) clearTimeout(timer);
    this.#busy.clear();
    this.#idle.clear();
  }

  /** Another database is selected now: connections serve those who called before, and go. */
  leaveDatabase(): void {
    this.#epoch++;
    for (const [connection, timer] of this.#idle) {
      clearTimeout(timer);
      connection.drop(NOT_NEEDED, { reset: false });
    }
    this.#idle.clear();
  }

  #grow(): void {
    const outcome = this.#outcome;
    if (!outcome) return;
    while (this.#opening < this.#room.size && this.#opening + this.#busy.size < MAX_CONNECTIONS) {
      this.#opening++;
      void this.#open(outcome, this.#closing.signal).finally(() => this.#opening--);
    }
  }

  async #open(outcome: AttemptOutcome, closed: AbortSignal): Promise<void> {
    while (this.#room.size > 0 && this.#line.isOpen && !isAborted(closed)) {
      const epoch = this.#epoch;
      try {
        const connection = await this.#connect({
          onLost: (lost) => {
            this.#forget(lost);
          },
          onFree: (free) => {
            this.#free(free, outcome, epoch);
          },
        });
        if (isAborted(closed)) connection.drop(NOT_NEEDED);
        else this.#free(connection, outcome, epoch);
        // Else it was made for a database that was left meanwhile: those who wait now need another.
        if (connection.isReady || epoch === this.#epoch) return;
      } catch {
        // The supervisor meets the same trouble and reports it; those who wait have their deadline.
        await sleep(this.#retryDelayMs, closed);
      }
    }
  }

  #free(connection: SeparateConnection, outcome: AttemptOutcome, epoch: number): void {
    this.#busy.delete(connection);
    if (!connection.isReady) return;
    const { first } = this.#room;
    const drop = () => {
      this.#forget(connection);
      connection.drop(NOT_NEEDED, { reset: false });
    };
    if (first && (this.#heldIn.get(first) ?? 0) <= epoch) {
      this.#room.release((call) => {
        this.#dispatch(connection, call, outcome);
      });
    } else if (epoch < this.#epoch) {
      drop();
    } else {
      this.#idle.set(connection, setTimeout(drop, IDLE_MS).unref());
    }
  }

  #dispatch(connection: SeparateConnection, call: Call, outcome: AttemptOutcome): void {
    clearTimeout(this.#idle.get(connection));
    this.#idle.delete(connection);
    this.#busy.set(connection, call);
    connection.dispatch(call, outcome);
  }

  #forget(connection: SeparateConnection): void {
    clearTimeout(this.#idle.get(connection));
    this.#idle.delete(connection);
    this.#busy.delete(connection);
    // Its place is free for another, where somebody waits for one.
    this.#grow();
  }
}

/** As a call, so that the compiler does not take what was true before an await for true after it. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
