import type { Failure } from '../failures/failure.ts';
import type { Connection } from './connection.ts';

/** What a supervisor tells the rest of the library. */
export interface LineListener {
  /** Calls can be dispatched again. */
  onAvailable?(connection: Connection): void;
  /** Calls have to wait: the connection is lost, or suspected of being dead. */
  onUnavailable?(reason: Failure): void;
  /** An attempt to connect failed; `refused` if trying again cannot help those who wait. */
  onConnectFailed?(reason: Failure, refused: boolean): void;
  /** An answer has come in, so there is a place in flight. */
  onFree?(): void;
  /** Everything that waits must fail, for this reason. */
  onAbandoned?(reason: Failure): void;
}
