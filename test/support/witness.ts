import { setTimeout as sleep } from 'node:timers/promises';
import { ControlConnection } from './control-connection.ts';
import type { RedisServer } from './redis-server.ts';

const retryMs = 10;

/**
 * Sees what the server executes (MONITOR), independent of what clients say and of what a restart
 * leaves in memory. While it is cut off itself it sees nothing: its counts are at least so many.
 */
export class Witness {
  readonly #server: RedisServer;
  readonly #executions = new Map<string, number>();
  #control: ControlConnection | undefined;
  #stopped = false;

  private constructor(server: RedisServer) {
    this.#server = server;
  }

  /** Begins to watch a server, across its restarts. */
  static async of(server: RedisServer): Promise<Witness> {
    const witness = new Witness(server);
    const control = await witness.#watch();
    void witness.#goOn(control);
    return witness;
  }

  /** How often INCR was executed on a key. */
  increments(key: string): number {
    return this.#executions.get(key) ?? 0;
  }

  stop(): void {
    this.#stopped = true;
    this.#control?.close();
  }

  async #watch(): Promise<ControlConnection> {
    const control = await ControlConnection.open(this.#server);
    this.#control = control;
    control.onLine = (line) => {
      const [, key] = /"incr" "([^"]*)"/i.exec(line) ?? [];
      if (key !== undefined) this.#executions.set(key, this.increments(key) + 1);
    };
    // Refused while the password is another one, or the server full.
    if ((await control.send('MONITOR')) !== 'OK' || this.#stopped) control.close();
    return control;
  }

  async #goOn(first: ControlConnection): Promise<void> {
    for (let control: ControlConnection | undefined = first; !this.#stopped;) {
      await control?.closed;
      await sleep(retryMs);
      control = await this.#watch().catch(() => undefined);
    }
  }
}
