import { AsyncResource } from 'node:async_hooks';
import { invoke, type AnyClient } from '../../commands/client.ts';
import { classify } from '../../failures/classify.ts';
import { failure, notSent, type Failure } from '../../failures/failure.ts';
import type { Call } from '../../pipeline/call.ts';
import type { AttemptOutcome } from '../in-flight.ts';
import type { Carrier } from '../line.ts';
import { WaitingRoom } from '../waiting-room.ts';
import { Lease } from './lease.ts';
import type { Members } from './members.ts';

/** A pool of node-redis, as far as it is more than a client. */
export interface AnyPool extends AnyClient {
  readonly totalClients: number;
  readonly idleClients: number;
  readonly clientsInUse: number;
  readonly tasksQueueLength: number;
  execute(run: (member: AnyClient) => unknown): Promise<unknown>;
}

/** What those hear who need a member while there is none to give. */
export const NONE_READY: Failure = failure({
  kind: 'transport',
  execution: 'not-sent',
  message: 'No member of the pool is ready',
});

interface LeasesEvents {
  /** No member that could be had is ready. */
  onNoneReady(): void;
  /** A member is free again, and ready for another call. */
  onReady(): void;
  onFree(): void;
}

/** Hands each call to a member of a pool, which it has to itself until the reply: the moment of dispatch. */
export class Leases implements Carrier {
  readonly id = 1;
  timeouts = 0;
  readonly #pool: AnyPool;
  readonly #members: Members;
  readonly #events: LeasesEvents;
  /** Calls that were lent members which are not ready. */
  readonly #room = new WaitingRoom();
  readonly #leases = new Set<Lease>();
  readonly #outcomes = new WeakMap<Call, AttemptOutcome>();
  /** Calls in the pool's own queue, each with the way to refuse it. */
  readonly #asking = new Set<(reason: Failure) => void>();

  constructor(pool: AnyPool, members: Members, events: LeasesEvents) {
    this.#pool = pool;
    this.#members = members;
    this.#events = events;
  }

  /** Those that wait for a member included: the pool has no bound of its own for them. */
  get inFlight(): number {
    return this.#leases.size + this.#asking.size + this.#room.size;
  }

  get leased(): number {
    return this.#leases.size;
  }

  clientFor(): AnyClient {
    return this.#pool;
  }

  dispatch(call: Call, outcome: AttemptOutcome): void {
    this.#lend(call, outcome, this.#pool.idleClients);
  }

  async ask(...command: string[]): Promise<unknown> {
    // Members that are not ready go to the end of the row.
    for (let others = this.#pool.totalClients; others > 0; others--) {
      const asked = await this.#pool.execute((member) => {
        return member.isReady && { reply: invoke(member, 'sendCommand', command) };
      });
      if (asked) return (asked as { reply: unknown }).reply;
    }
    throw Object.assign(new Error(NONE_READY.message), { code: 'ENOTCONN' });
  }

  /** Looks at every idle member, since a pool tells nobody when one is ready again. */
  inspect(): void {
    const ready: AnyClient[] = [];
    for (let idle = this.#pool.idleClients; idle > 0; idle--) {
      const look = (member: AnyClient) => {
        if (member.isReady) ready.push(member);
        else this.#members.tend(member);
      };
      this.#pool.execute(look).catch(ignore);
    }
    // Not before all of them are back, or calls would find only those that are not ready.
    if (ready.length > 0) this.#events.onReady();
  }

  /** Lets calls try again that met members which were not ready. */
  resume(): void {
    this.#room.releaseAll((call) => {
      const outcome = this.#outcomes.get(call);
      if (outcome) this.dispatch(call, outcome);
    });
  }

  /** Fails calls that met members which were not ready. */
  abandonWaiting(reason: Failure): void {
    this.#room.releaseAll((call) => {
      this.#outcomes.get(call)?.failed(call, reason);
    });
  }

  /** Tells every call that has a member why it will get no reply. */
  end(reason: Failure): void {
    for (const lease of this.#leases) lease.fail(reason);
    // A pool that is destroyed forgets whoever is in its queue.
    for (const refuse of this.#asking) refuse(reason);
  }

  /** `others` is how many members may be asked for after this one. */
  #lend(call: Call, outcome: AttemptOutcome, others: number): void {
    const refuse = (reason: Failure) => {
      if (asked()) outcome.failed(call, notSent(reason));
    };
    const asked = () => {
      if (!this.#asking.delete(refuse)) return false;
      call.waiting = undefined;
      return true;
    };
    this.#asking.add(refuse);
    // A call that is given up meanwhile must not be executed when its turn comes at last.
    call.waiting = { leave: asked };
    const lent = AsyncResource.bind((member: AnyClient): Promise<void> | undefined => {
      if (!asked()) return undefined;
      if (member.isReady) {
        return this.#run(new Lease(this.#pool, member, call, this.#recycle), outcome);
      }
      this.#members.tend(member);
      if (others > 0) this.#lend(call, outcome, others - 1);
      else this.#hold(call, outcome);
      return undefined;
    });
    this.#pool.execute(lent).catch((error: unknown) => {
      if (asked()) outcome.failed(call, this.#unlent(error));
    });
  }

  async #run(lease: Lease, outcome: AttemptOutcome): Promise<void> {
    this.#leases.add(lease);
    await lease.run(outcome);
    this.#leases.delete(lease);
    // Once the member is back.
    if (this.#room.size > 0 && lease.member.isReady) {
      setImmediate(() => {
        this.#events.onReady();
      });
    }
    this.#events.onFree();
  }

  readonly #recycle = ({ member }: Lease): void => {
    this.#members.recycle(member);
  };

  #hold(call: Call, outcome: AttemptOutcome): void {
    this.#outcomes.set(call, outcome);
    this.#room.hold(call);
    const served = [...this.#leases].some(({ member }) => member.isReady);
    if (!served) this.#events.onNoneReady();
  }

  /** Why a pool had no member for a call, which therefore was not sent. */
  #unlent(error: unknown): Failure {
    const reason = classify(error, { dispatched: false });
    if (reason.kind !== 'timeout') return reason;
    this.timeouts++;
    const { message, cause } = reason;
    return failure({ kind: 'overloaded', execution: 'not-sent', message, cause });
  }
}

function ignore(): void {
  // The pool was closed meanwhile.
}
