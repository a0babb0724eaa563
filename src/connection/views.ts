import { invoke, type AnyClient } from '../commands/client.ts';
import type { View } from '../commands/operation.ts';

/** The views of one client object, each made once. */
export class Views {
  readonly #client: AnyClient;
  readonly #made = new WeakMap<View, AnyClient>();

  constructor(client: AnyClient) {
    this.#client = client;
  }

  of(view: View): AnyClient {
    if (view.length === 0) return this.#client;
    let client = this.#made.get(view);
    if (!client) {
      client = view.reduce(
        (from, [method, args]) => invoke(from, method, ...args) as AnyClient,
        this.#client,
      );
      this.#made.set(view, client);
    }
    return client;
  }
}
