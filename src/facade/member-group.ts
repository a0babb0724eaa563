import type { AnyClient } from '../commands/client.ts';
import type { FacadeParts } from './parts.ts';

/** What becomes of a member of a client in its wrapper. */
export type Treatment =
  /** It leads to commands, which pass the layers. */
  | 'guarded'
  /** The wrapper answers for it, across connections. */
  | 'carried'
  /** The client itself answers, for a reason that is given. */
  | 'passed-by'
  /** The client's inner workings: its methods are refused. */
  | 'internal';

/** Members that are treated alike. */
export interface MemberGroup {
  readonly treatment: Treatment;
  has(client: AnyClient, name: string): boolean;
  /** What stands in the place of a member that the group has. */
  make(parts: FacadeParts, name: string): unknown;
}
