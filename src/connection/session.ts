import type { Target } from '../commands/operation.ts';
import type { Wire } from '../commands/wire.ts';

/** What commands changed of the connection's state, as far as it is carried over or guarded. */
export class Session {
  /** The database selected last; undefined while it is the template's. */
  database: number | undefined;
  /** What MONITOR reports to. */
  monitor: ((line: unknown) => void) | undefined;
  #watchedOn: Target | undefined;

  /** Notes what commands that succeeded have changed. */
  note(target: Target, wires: readonly Wire[]): void {
    for (const [name, argument] of wires) {
      switch (String(name).toUpperCase()) {
        case 'SELECT':
          this.database = Number(String(argument));
          break;
        case 'WATCH':
          this.#watchedOn = target;
          break;
        case 'UNWATCH':
          this.#watchedOn = undefined;
          break;
        case 'RESET':
          this.database = undefined;
          this.monitor = undefined;
          this.#watchedOn = undefined;
          break;
      }
    }
  }

  /** Ends the watch, as EXEC does; false if it was lost with the connection that it was made on. */
  endWatch(target: Target): boolean {
    const kept = this.#watchedOn === undefined || this.#watchedOn === target;
    this.#watchedOn = undefined;
    return kept;
  }
}

/** Names of commands that change what `Session` keeps. */
export const SESSION_COMMANDS: ReadonlySet<string> = new Set([
  'SELECT',
  'WATCH',
  'UNWATCH',
  'RESET',
]);
