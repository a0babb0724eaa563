import type { AnyClient } from '../../commands/client.ts';
import type { Failure } from '../../failures/failure.ts';
import type { Call } from '../../pipeline/call.ts';
import type { SeparateConnection, SeparateConnector } from '../blocking.ts';
import type { AttemptOutcome } from '../in-flight.ts';
import { Lease } from './lease.ts';
import { NONE_READY, type AnyPool } from './leases.ts';
import type { Members } from './members.ts';

/** Makes a member of a pool the connection of one blocking command, after which it goes back. */
export function heldMembers(pool: AnyPool, members: Members): SeparateConnector {
  return (events) =>
    new Promise((resolve, reject) => {
      const hold = (member: AnyClient): Promise<void> => {
        if (!member.isReady) {
          members.tend(member);
          // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- as failures are passed inside
          reject(NONE_READY);
          return Promise.resolve();
        }
        const held = new HeldMember(pool, member, members, (free) => {
          events.onFree(free);
        });
        resolve(held);
        return held.returned;
      };
      pool.execute(hold).catch(reject);
    });
}

class HeldMember implements SeparateConnection {
  readonly returned: Promise<void>;
  readonly #pool: AnyPool;
  readonly #member: AnyClient;
  readonly #members: Members;
  readonly #onFree: (held: SeparateConnection) => void;
  #return: () => void = ignore;
  #lease: Lease | undefined;
  #isReady = true;

  constructor(
    pool: AnyPool,
    member: AnyClient,
    members: Members,
    onFree: (held: SeparateConnection) => void,
  ) {
    this.#pool = pool;
    this.#member = member;
    this.#members = members;
    this.#onFree = onFree;
    this.returned = new Promise((resolve) => (this.#return = resolve));
  }

  /** Until its one command is over: a pool has more use for an idle member than a later command has. */
  get isReady(): boolean {
    return this.#isReady;
  }

  dispatch(call: Call, outcome: AttemptOutcome): void {
    this.#lease = new Lease(this.#pool, this.#member, call, ignore);
    void this.#lease.run(outcome).then(() => {
      this.#end();
      this.#onFree(this);
    });
  }

  drop(reason: Failure): void {
    this.#lease?.fail(reason);
    // What it waits for would otherwise be taken from the server for nobody.
    if (this.#lease) this.#members.recycle(this.#member);
    this.#end();
  }

  #end(): void {
    this.#isReady = false;
    this.#lease = undefined;
    this.#return();
  }
}

function ignore(): void {
  // Its drop ends the command.
}
