import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Frees what nobody can reach; what a `WeakRef` was made of or asked for stays until its turn is over. */
export async function collectGarbage(): Promise<void> {
  await turn();
  collect();
}
