import { describe, expect, it, vi } from 'vitest';
import type { AnyClient } from '../../../src/commands/client.ts';
import { Connector, type ConnectorParts } from '../../../src/connection/connector.ts';
import { CredentialSource } from '../../../src/connection/credentials.ts';
import { Session } from '../../../src/connection/session.ts';
import { Subscriptions } from '../../../src/connection/subscriptions.ts';
import { settingsOf } from '../../../src/options/settings.ts';
import { callOf, OutcomeRecorder } from './call-of.ts';
import { Site } from './client-stand-in.ts';

const OPTIONS = settingsOf({ connection: { connectMs: 1_000 } }).connection;

const events = () => ({
  onLost: vi.fn(),
  onFree: vi.fn(),
  delivers: () => true,
  onListenerFailed: vi.fn(),
  onEvent: vi.fn(),
});

function connector(parts: Partial<ConnectorParts> = {}) {
  const site = new Site();
  const session = new Session();
  const subscriptions = new Subscriptions();
  const made = new Connector({
    template: site.template({ socket: { host: 'host' } }),
    options: OPTIONS,
    credentials: new CredentialSource(undefined, 1_000),
    ...{ session, subscriptions },
    ...parts,
  });
  return { site, session, subscriptions, connector: made };
}

describe('a connector', () => {
  it('picks up where the last connection ended: database, credentials, address', async () => {
    const password = vi.fn(() => ({ password: 'secret' }));
    const {
      site,
      session,
      connector: made,
    } = connector({
      credentials: new CredentialSource(password, 1_000),
      address: () => Promise.resolve({ host: 'other', port: 7 }),
      readonly: true,
    });
    session.database = 3;
    await made.main(events());
    expect(site.last.options).toMatchObject({
      database: 3,
      password: 'secret',
      readonly: true,
      socket: { host: 'other', port: 7, connectTimeout: 1_000 },
    });
    expect(site.last.asked).toEqual([]);
  });

  it('has subscriptions ride on the handshake, behind the gate of the connection', async () => {
    const { site, subscriptions, connector: made } = connector();
    const listener = vi.fn();
    subscriptions.add('PATTERNS', 'a*', listener);
    const connection = await made.main(events());
    expect([...site.last.subscribed.keys()]).toEqual(['PATTERNS']);
    const channels = site.last.subscribed.get('PATTERNS')!;
    expect([...channels.get('a*')!.strings]).toEqual([connection.gate(listener)]);
  });

  it('asks for what changed while the connection was made, and for MONITOR', async () => {
    const { site, session, subscriptions, connector: made } = connector();
    const connection = await made.main(events());
    const changes: unknown[] = [];
    subscriptions.note((to) => changes.push(to));
    session.monitor = () => undefined;
    made.resume(connection);
    expect(changes).toEqual([connection]);
    expect(site.last.calls).toEqual(['monitor']);
    made.resume(connection);
    expect(changes).toHaveLength(1);
  });

  it.each([
    { title: 'another database', planned: undefined, selected: 3, asked: ['SELECT 3'] },
    { title: 'the first database', planned: 3, selected: 0, asked: ['SELECT 0'] },
    { title: 'the one of the template', planned: 3, selected: undefined, asked: ['SELECT 5'] },
    { title: 'none', planned: 3, selected: 3, asked: [] },
  ])(
    'selects $title, where that came up while it was made',
    async ({ planned, selected, asked }) => {
      const site = new Site();
      const { session, connector: made } = connector({ template: site.template({ database: 5 }) });
      session.database = planned;
      const connection = await made.main(events());
      session.database = selected;
      made.resume(connection);
      expect(site.last.asked).toEqual(asked);
    },
  );

  it('survives a connection that is lost over that', async () => {
    const { site, session, subscriptions, connector: made } = connector();
    subscriptions.add('CHANNELS', 'x', vi.fn());
    site.refuse = new Error('gone');
    const connection = await made.main(events());
    subscriptions.note(() => Promise.reject(new Error('gone')));
    session.monitor = () => undefined;
    made.resume(connection);
    await new Promise(setImmediate);
    expect(site.last.calls).toEqual(['extendPubSubListeners CHANNELS', 'monitor']);
  });

  it('makes an open connection for blocking commands, which receives no messages', async () => {
    const { site, subscriptions, connector: made } = connector();
    const listener = vi.fn();
    subscriptions.add('CHANNELS', 'x', listener);
    const told = events();
    const connection = await made.separate(told);
    expect(connection.isReady).toBe(true);
    expect(site.last.calls).toEqual([]);
    expect(connection.gate(listener)('message', 'x')).toBeUndefined();
    expect(listener).not.toHaveBeenCalled();
    site.last.emit('invalidate', 'key');
    expect(told.onEvent).not.toHaveBeenCalled();
    connection.dispatch(callOf('BLPOP k'), new OutcomeRecorder());
    await new Promise(setImmediate);
    expect(told.onFree).toHaveBeenCalledWith(connection);
    site.last.lose();
    expect(told.onLost).toHaveBeenCalledTimes(1);
  });

  it('hands calls to another client where somebody else knows the way', async () => {
    const router = {} as AnyClient;
    const { connector: made } = connector({ clientFor: () => router });
    const connection = await made.main(events());
    expect(connection.clientFor([])).toBe(router);
  });
});
