import type { Carrier } from '../../connection/line.ts';
import { asFailure } from '../../connection/connection.ts';
import { failure, type Failure } from '../../failures/failure.ts';

/** A probe gets less time than a user's command: it asks for nothing. */
const PROBE_MS = 500;

interface ProbeOptions {
  readonly boundMs?: number;
  /** Told of an answer that comes after the bound: the server is slow, not away. */
  readonly onLateAnswer?: () => void;
}

/** Asks the server for a sign of life, beside the layers; tells what is wrong, or nothing. */
export async function probe(
  carrier: Carrier,
  { boundMs = PROBE_MS, onLateAnswer }: ProbeOptions = {},
): Promise<Failure | undefined> {
  const answer = ask(carrier);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Failure>((resolve) => {
    timer = setTimeout(() => {
      const message = `No answer to a PING within ${boundMs} ms`;
      void answer.then((reason) => {
        if (!reason || reason.endedBy === 'server') onLateAnswer?.();
      });
      resolve(failure({ kind: 'timeout', execution: 'not-executed', message }));
    }, boundMs).unref();
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function ask(carrier: Carrier): Promise<Failure | undefined> {
  try {
    await carrier.ask('PING');
    return undefined;
  } catch (error) {
    const reason = asFailure(error);
    // Who may not PING is answered all the same.
    return reason.kind === 'permission' || reason.kind === 'command' ? undefined : reason;
  }
}
