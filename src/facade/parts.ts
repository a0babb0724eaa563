import type { AnyClient } from '../commands/client.ts';
import type { View } from '../commands/operation.ts';
import type { Connect } from '../connection/connections.ts';
import type { Policies } from '../options/settings.ts';
import type { Guard } from './guard.ts';

/** How one object that a user holds looks at the client: under which options, and through which view. */
export interface Perspective {
  readonly view: View;
  readonly policies: Policies;
  readonly strict: boolean;
  /** Ends the calls made through it; never given to the client, whose redis 4 it would break. */
  readonly signal: AbortSignal | undefined;
}

/** What the members of one wrapped client are made with. */
export interface FacadeParts {
  readonly guard: Guard;
  readonly perspective: Perspective;
  /** The wrapper itself, for methods that return their client. */
  readonly self: () => AnyClient;
  /** Another wrapper of the same client under another perspective. */
  readonly look: (perspective: Perspective) => AnyClient;
  /** A client made from this one, guarded by the same options under a name of its own. */
  readonly wrap: (client: AnyClient, name: string, connect?: Connect) => AnyClient;
  /** Another client, with a connection and a circuit of its own. */
  readonly duplicate: (overrides: object | undefined) => AnyClient;
}
