import { vi } from 'vitest';
import type { Connections } from '../../../src/connection/connections.ts';
import { singleConnections } from '../../../src/connection/single.ts';
import type { Supervisor } from '../../../src/connection/supervisor.ts';
import { settingsOf } from '../../../src/options/settings.ts';
import type { ResilienceOptions } from '../../../src/options/types.ts';
import type { ResilienceEvent } from '../../../src/telemetry/events.ts';
import { EventHub } from '../../../src/telemetry/hub.ts';
import { Site } from './client-stand-in.ts';

/** Lets time pass on the fake clock, and everything that is due in it. */
export const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

/** The connections of a single client in front of a site, and everything that they told. */
export interface Supervised {
  readonly site: Site;
  readonly connections: Connections;
  readonly supervisor: Supervisor;
  readonly events: ResilienceEvent[];
  readonly types: () => string[];
  /** What layers were told. */
  readonly heard: string[];
  /** What listeners of the client were told. */
  readonly restated: string[];
  readonly closed: () => number;
  /** The same, once a connection is ready. */
  readonly connected: () => Promise<Supervised>;
}

export function supervised(
  options: ResilienceOptions = {},
  clientOptions: object = { socket: { host: 'host' } },
): Supervised {
  const site = new Site();
  const hub = new EventHub('test');
  const events: ResilienceEvent[] = [];
  hub.subscribe((event) => events.push(event));
  const [heard, restated]: [string[], string[]] = [[], []];
  let closed = 0;
  const connections = singleConnections({
    template: site.template(clientOptions),
    settings: settingsOf({
      connection: {
        ...{ connectMs: 200, silenceMs: 160, heartbeatMs: 500 },
        ...{ baseDelayMs: 40, maxDelayMs: 100 },
      },
      ...options,
    }),
    hub,
    restate: (event, ...args) =>
      restated.push(
        [event, ...args.map((one) => (one instanceof Error ? one.message : one))].join(' '),
      ),
    onClosed: () => closed++,
  });
  const supervisor = connections.line as Supervisor;
  // Whoever listens need not want to hear everything.
  supervisor.listen({});
  supervisor.listen({
    onAvailable: () => heard.push('available'),
    onUnavailable: ({ message }) => heard.push(`unavailable: ${message}`),
    onConnectFailed: ({ message }, refused) => heard.push(`failed: ${message} ${refused}`),
    onFree: () => heard.push('free'),
    onAbandoned: ({ message }) => heard.push(`abandoned: ${message}`),
  });
  const all: Supervised = {
    ...{ site, connections, supervisor, events, heard, restated },
    types: () => events.map(({ type }) => type),
    closed: () => closed,
    connected: async () => {
      supervisor.open();
      await pass(1);
      return all;
    },
  };
  return all;
}
