import type { AnyClient } from '../../commands/client.ts';
import { failure } from '../../failures/failure.ts';
import { sleep } from '../../pipeline/sleep.ts';
import { nameOf } from './options.ts';
import type { Sentinels } from './sentinels.ts';

/**
 * Goes along with a connection to the master: a frozen one keeps it in its handshake for as long as
 * that may take, while the sentinels name another already.
 */
export async function escort(
  client: AnyClient,
  connecting: Promise<unknown>,
  sentinels: Sentinels,
  everyMs: number,
): Promise<void> {
  const named = sentinels.answer;
  const arrived = new AbortController();
  try {
    await Promise.race([connecting, moved(sentinels, everyMs, arrived.signal)]);
  } finally {
    arrived.abort();
  }
  await assertMaster(client);
  if (named) sentinels.trust(named.sentinel);
}

/** Rejects when the sentinels name another master; never resolves before the signal. */
async function moved(sentinels: Sentinels, everyMs: number, signal: AbortSignal): Promise<void> {
  const master = sentinels.answer && nameOf(sentinels.answer.master);
  while (await sleep(everyMs, signal)) {
    try {
      await sentinels.locate();
    } catch {
      continue;
    }
    if (!sentinels.answer || nameOf(sentinels.answer.master) === master) continue;
    const message = 'The sentinels name another master';
    throw failure({ kind: 'transport', execution: 'not-sent', message }); // eslint-disable-line @typescript-eslint/only-throw-error -- caught by the connection
  }
}

/** A sentinel that has not heard of a failover yet leads to a demoted master. */
async function assertMaster(client: AnyClient): Promise<void> {
  let role: unknown;
  try {
    [role] = (await client.sendCommand(['ROLE'])) as [unknown];
  } catch {
    // Who may not ask hears of it with the first write.
    return;
  }
  if (String(role) === 'master') return;
  const message = `The sentinels lead to a ${String(role)}, not to the master`;
  throw failure({ kind: 'transport', execution: 'not-sent', message }); // eslint-disable-line @typescript-eslint/only-throw-error -- caught by the connection
}
