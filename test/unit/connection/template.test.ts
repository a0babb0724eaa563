import { channel } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import {
  commandOptions,
  destroyClient,
  freshClient,
  type ConnectionPlan,
} from '../../../src/connection/template.ts';
import { majors } from '../../support/clients.ts';
import { Site, type ClientStandIn } from './client-stand-in.ts';

const PLAN: ConnectionPlan = { database: undefined, credentials: undefined, connectMs: 1_000 };

/** The client of one connection, whose template has such options. */
function fresh(options: object = {}, plan: Partial<ConnectionPlan> = {}) {
  const site = new Site();
  const made = freshClient(site.template(options), { ...PLAN, ...plan });
  return { ...made, client: site.last };
}

describe('the client of one connection', () => {
  it('has the options of the template, without what would repair, queue or time out', () => {
    const { client } = fresh({
      url: 'redis://user:secret@host:1/3',
      name: 'mine',
      database: 3,
      socket: { host: 'host', keepAlive: false, socketTimeout: 5 },
      commandsQueueMaxLength: 10,
      pingInterval: 100,
      maintNotifications: 'auto',
      isolationPoolOptions: { min: 2, max: 5 },
    });
    expect(client.options).toMatchObject({
      url: undefined,
      name: 'mine',
      database: 3,
      socket: { host: 'host', keepAlive: false, connectTimeout: 1_000, socketTimeout: undefined },
      disableOfflineQueue: true,
      commandsQueueMaxLength: undefined,
      pingInterval: undefined,
      maintNotifications: 'disabled',
      isolationPoolOptions: { min: 0, max: 5 },
    });
  });

  it('is given nothing that neither its template nor its plan says', () => {
    const names = [
      'database',
      'readonly',
      'isolationPoolOptions',
      'password',
      'credentialsProvider',
    ];
    for (const name of names) expect(fresh().client.options).not.toHaveProperty(name);
    expect(fresh({}, { database: 0 }).client.options.database).toBe(0);
    expect(fresh({}, { readonly: true }).client.options.readonly).toBe(true);
  });

  it('goes where the plan says', () => {
    const { client } = fresh(
      { socket: { host: 'a', port: 1 } },
      { address: { host: 'b', port: 2 } },
    );
    expect(client.options.socket).toMatchObject({ host: 'b', port: 2 });
  });

  it('has other credentials from a provider, which wins over an earlier one', async () => {
    const credentials = { username: 'app', password: 'secret' };
    const { client } = fresh({ password: 'old' }, { credentials });
    expect(client.options).toMatchObject(credentials);
    const { type, credentials: ask } = client.options.credentialsProvider;
    expect(type).toBe('async-credentials-provider');
    await expect(ask()).resolves.toEqual(credentials);
  });

  it('never reconnects, and is destroyed from within where it would', () => {
    const { client } = fresh({ socket: { reconnectStrategy: () => 100 } });
    expect(client.options.socket.reconnectStrategy()).toBe(false);
    expect(client.isDestroyed).toBe(true);
  });

  it("tells of its raw socket while it connects, and of nobody else's", async () => {
    const made = fresh();
    const sockets: unknown[] = [];
    await made.connect((socket) => sockets.push(socket));
    channel('net.client.socket').publish({ socket: {} as Socket });
    expect(sockets).toEqual([made.client.socket]);
  });

  it('goes with an escort, where the plan has one, who may turn it away', async () => {
    const escort = vi.fn(async (_client: unknown, connecting: Promise<unknown>) => {
      await connecting;
      throw new Error('the wrong place');
    });
    const made = fresh({}, { escort });
    await expect(made.connect(() => undefined)).rejects.toThrow('the wrong place');
    expect(escort.mock.calls[0]?.[0]).toBe(made.client);
  });

  it('is discarded in any phase: its socket has a signal of its own', () => {
    const made = fresh();
    const { signal } = made.client.options.socket as { signal: AbortSignal };
    expect(signal.aborted).toBe(false);
    made.discard();
    expect([signal.aborted, made.client.isDestroyed]).toEqual([true, true]);
  });

  it('can be reset over TCP only', () => {
    expect(fresh({ socket: { host: 'host' } }).canReset).toBe(true);
    expect(fresh().canReset).toBe(true);
    expect(fresh({ socket: { path: '/redis.sock' } }).canReset).toBe(false);
    expect(fresh({ socket: { tls: true } }).canReset).toBe(false);
  });
});

describe('what a view adds to each command', () => {
  it('is kept through a chain of views, without the timer of the client', () => {
    const template = new Site().template() as unknown as ClientStandIn;
    const outer = { typeMapping: { 36: Buffer }, timeout: 5_000 };
    template._commandOptions = Object.assign(Object.create(outer), { asap: true });
    expect(commandOptions(template as never)).toEqual({
      commandOptions: { typeMapping: { 36: Buffer }, asap: true, timeout: undefined },
    });
  });

  it.each(majors)('is nothing that $name cannot take', ({ major, createClient }) => {
    const has = 'commandOptions' in commandOptions(createClient() as never);
    expect(has).toBe(major > 4);
  });
});

describe('ending a client', () => {
  it.each([
    {
      title: 'throws',
      destroy: () => {
        throw new Error('closed');
      },
    },
    { title: 'rejects', destroy: () => Promise.reject(new Error('closed')) },
  ])('passes where it $title, since that was wanted', async ({ destroy }) => {
    const client = { destroy: vi.fn(destroy) };
    destroyClient(client as never);
    await new Promise(setImmediate);
    expect(client.destroy).toHaveBeenCalledOnce();
  });

  it('takes the word that redis 4 has for it', () => {
    const client = { disconnect: vi.fn() };
    destroyClient(client as never);
    expect(client.disconnect).toHaveBeenCalledOnce();
  });
});
