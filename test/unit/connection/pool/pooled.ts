import { poolConnections } from '../../../../src/connection/pool/connections.ts';
import { settingsOf } from '../../../../src/options/settings.ts';
import type { ResilienceOptions } from '../../../../src/options/types.ts';
import type { ResilienceEvent } from '../../../../src/telemetry/events.ts';
import { EventHub } from '../../../../src/telemetry/hub.ts';
import { callOf, OutcomeRecorder } from '../call-of.ts';
import { pass } from '../supervised.ts';
import { PoolStandIn } from './pool-stand-in.ts';

/** The connections of a pool in front of a stand-in, and everything that they told. */
export function pooled(pool = new PoolStandIn(), options: ResilienceOptions = {}) {
  const hub = new EventHub('test');
  const [types, heard]: [string[], string[]] = [[], []];
  const events: ResilienceEvent[] = [];
  hub.subscribe((event) => {
    events.push(event);
    types.push(event.type);
  });
  let closed = 0;
  const connections = poolConnections({
    template: pool.asPool,
    settings: settingsOf({
      connection: { connectMs: 200, baseDelayMs: 40, maxDelayMs: 100 },
      ...options,
    }),
    hub,
    restate: () => undefined,
    onClosed: () => closed++,
  });
  const { line } = connections;
  line.listen({
    onAvailable: () => heard.push('available'),
    onUnavailable: ({ message }) => heard.push(`unavailable: ${message}`),
    onConnectFailed: ({ message }, refused) => heard.push(`failed: ${message} ${refused}`),
    onFree: () => heard.push('free'),
    onAbandoned: ({ message }) => heard.push(`abandoned: ${message}`),
  });
  const outcome = new OutcomeRecorder();
  const run = (command: string) => {
    const call = callOf(command);
    line.available!.dispatch(call, outcome);
    return call;
  };
  return { pool, connections, line, types, events, heard, outcome, run, closed: () => closed };
}

/** The same, when the pool is connected. */
export async function open(...args: Parameters<typeof pooled>) {
  const all = pooled(...args);
  all.connections.open();
  await pass(0);
  return all;
}
