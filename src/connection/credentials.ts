import { failure } from '../failures/failure.ts';
import type { Credentials } from '../options/types.ts';

/** Asks the user's function for credentials, and remembers which ones the server refused. */
export class CredentialSource {
  readonly #ask: (() => Credentials | Promise<Credentials>) | undefined;
  readonly #boundMs: number;
  #presented: Credentials | undefined;
  #refused: Credentials | undefined;
  #accepted: Credentials | undefined;

  constructor(ask: (() => Credentials | Promise<Credentials>) | undefined, boundMs: number) {
    this.#ask = ask;
    this.#boundMs = boundMs;
  }

  /** Whether anybody can give new ones. */
  get canRenew(): boolean {
    return this.#ask !== undefined;
  }

  /**
   * Credentials for the next connection; undefined means the template's own.
   * @throws Failure where the function throws, does not answer in time, or has only the refused ones
   */
  async next(): Promise<Credentials | undefined> {
    if (!this.#ask) return undefined;
    const given = await this.#bounded(this.#ask);
    if (this.#refused && same(given, this.#refused)) {
      throw refusal('The server refused the credentials, and there are no new ones yet'); // eslint-disable-line @typescript-eslint/only-throw-error
    }
    this.#presented = given;
    return given;
  }

  /**
   * The server did not take what was presented; true if somebody can be asked for others. Of several
   * connections one may hear so of the old ones after another was let in with the new.
   */
  refused(): boolean {
    if (this.#presented === this.#accepted) this.#accepted = undefined;
    else this.#refused = this.#presented;
    return this.canRenew;
  }

  /** The server took what was presented last. */
  markAccepted(): void {
    this.#accepted = this.#presented;
    this.#refused = undefined;
  }

  async #bounded(ask: () => Credentials | Promise<Credentials>): Promise<Credentials> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => {
        resolve('late');
      }, this.#boundMs);
    });
    try {
      const given = await Promise.race([ask(), late]);
      if (given !== 'late') return given;
    } catch (error) {
      throw refusal('The credentials function failed', error); // eslint-disable-line @typescript-eslint/only-throw-error
    } finally {
      clearTimeout(timer);
    }
    throw refusal(`The credentials function did not answer within ${this.#boundMs} ms`); // eslint-disable-line @typescript-eslint/only-throw-error
  }
}

const refusal = (message: string, cause?: unknown) =>
  failure({ kind: 'auth', execution: 'not-sent', message, cause });

const same = (a: Credentials, b: Credentials): boolean =>
  a.username === b.username && a.password === b.password;
