import { rootOf } from '../../commands/client.ts';
import { destroyClient } from '../template.ts';
import type { AnyPool } from './leases.ts';

/**
 * Ends a pool with all its members. Redis 5 forgets its timer that removes idle members, which then
 * throws an uncaught error over one that is closed already.
 */
export function endPool(pool: AnyPool): void {
  const root = rootOf(pool) as unknown as { cleanupTimeout?: NodeJS.Timeout };
  destroyClient(pool);
  clearTimeout(root.cleanupTimeout);
}
