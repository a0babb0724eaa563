import * as redis6 from 'redis-6';
import { expect, it } from 'vitest';
import type { AnyClient } from '../../../src/commands/client.ts';
import { connectionsOf } from '../../../src/connection/kinds.ts';
import { settingsOf } from '../../../src/options/settings.ts';
import { EventHub } from '../../../src/telemetry/hub.ts';

const root = { host: 'root', port: 1 };

it.each([
  { kind: 'client', template: redis6.createClient(), address: 'redis://localhost:6379' },
  {
    kind: 'cluster',
    template: redis6.createCluster({ rootNodes: [{ socket: root }] }),
    address: 'redis://root:1',
  },
  { kind: 'pool', template: redis6.createClientPool(), address: 'the server of the pool' },
  {
    kind: 'sentinel',
    template: redis6.createSentinel({ name: 'mymaster', sentinelRootNodes: [root] }),
    address: 'root:1',
  },
])('makes the connections of a $kind, which says where it leads', ({ template, address }) => {
  const connections = connectionsOf({
    template: template as unknown as AnyClient,
    settings: settingsOf({}),
    hub: new EventHub('test'),
    restate: () => undefined,
    onClosed: () => undefined,
  });
  expect([connections.address, connections.line.isOpen]).toEqual([address, false]);
});
