import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AnyClient } from '../../../../src/commands/client.ts';
import type { View } from '../../../../src/commands/operation.ts';
import { BlockingConnections } from '../../../../src/connection/blocking.ts';
import { sentinelConnections } from '../../../../src/connection/sentinel/connections.ts';
import { CLOSED } from '../../../../src/failures/failure.ts';
import { DispatchLayer } from '../../../../src/layers/dispatch.ts';
import { settingsOf } from '../../../../src/options/settings.ts';
import type { ResilienceOptions } from '../../../../src/options/types.ts';
import type { ResilienceEvent } from '../../../../src/telemetry/events.ts';
import { EventHub } from '../../../../src/telemetry/hub.ts';
import { Recorder } from '../../layers/recorder.ts';
import { callOf, OutcomeRecorder, pending } from '../call-of.ts';
import { ErrorReply, nothing } from '../client-stand-in.ts';
import { pass } from '../supervised.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

type Send = (master: { isReady: boolean }) => Promise<unknown>;

/** A sentinel of redis 5 as far as we use it: it sends a command to one master after the other. */
class SentinelStandIn extends EventEmitter {
  readonly _self = this;
  readonly commandOptions: object | undefined = { own: true };
  isOpen = false;
  isReady = false;
  /** Whom it sends to; hangs while it knows nobody. */
  master: Promise<{ isReady: boolean }> = Promise.resolve({ isReady: true });
  masterNode: object | undefined = { host: 'master', port: 1 };
  connecting: () => Promise<unknown> = () => Promise.resolve();
  answering: (command: readonly string[]) => Promise<unknown> = () => Promise.resolve('PONG');
  readonly sent: string[] = [];
  readonly destroyed = vi.fn();

  async connect(): Promise<void> {
    this.isOpen = true;
    await this.connecting();
    this.isReady = true;
  }

  getMasterNode(): object | undefined {
    return this.masterNode;
  }

  sendCommand(readonly: boolean, command: readonly string[]): Promise<unknown> {
    return this._execute(readonly, () => {
      this.sent.push(command.join(' '));
      return this.answering(command);
    });
  }

  async _execute(_readonly: boolean, send: Send): Promise<unknown> {
    for (;;) {
      const master = await this.master;
      try {
        return await send(master);
      } catch (error) {
        if (!(error instanceof Error) || master.isReady) throw error;
      }
    }
  }

  destroy(): void {
    this.isOpen = this.isReady = false;
    this.destroyed();
  }
}

function kept(sentinel = new SentinelStandIn(), options: ResilienceOptions = {}) {
  const hub = new EventHub('test');
  const [types, heard]: [string[], string[]] = [[], []];
  const events: ResilienceEvent[] = [];
  hub.subscribe((event) => {
    events.push(event);
    types.push(event.type);
  });
  const closed = vi.fn();
  const connections = sentinelConnections({
    template: sentinel as unknown as AnyClient,
    settings: settingsOf({ connection: { maxDelayMs: 100 }, ...options }),
    hub,
    restate: () => undefined,
    onClosed: closed,
  });
  const { line } = connections;
  line.listen({
    onAvailable: () => heard.push('available'),
    onUnavailable: ({ message }) => heard.push(`unavailable: ${message}`),
    onConnectFailed: ({ message }) => heard.push(`failed: ${message}`),
    onFree: () => heard.push('free'),
    onAbandoned: ({ message }) => heard.push(`abandoned: ${message}`),
  });
  const outcome = new OutcomeRecorder();
  const run = (command: string, view: View = []) => {
    const words = command.split(' ');
    const call = callOf(command, {
      execute: (target) => target.clientFor(view).sendCommand(false, words) as Promise<unknown>,
    });
    line.available!.dispatch(call, outcome);
    return call;
  };
  return { sentinel, connections, line, types, events, heard, outcome, run, closed };
}

async function open(...args: Parameters<typeof kept>) {
  const all = kept(...args);
  all.connections.open();
  await pass(0);
  return all;
}

describe('a sentinel of redis 5', () => {
  it('is connected as it is, and lets calls through then', async () => {
    const { connections, line, types, heard } = kept();
    connections.open();
    connections.open();
    expect([line.isOpen, line.available]).toEqual([true, undefined]);
    await pass(0);
    expect(line.available).toBeDefined();
    expect([types, heard]).toEqual([
      ['connection.ready'],
      ['unavailable: There is no connection yet', 'available'],
    ]);
    expect(connections.address).toBe('the sentinels');
  });

  it('tells how long that took', async () => {
    const sentinel = new SentinelStandIn();
    sentinel.connecting = () => new Promise((resolve) => setTimeout(resolve, 30));
    const { connections, events } = kept(sentinel);
    await pass(100);
    connections.open();
    await pass(40);
    expect(events).toMatchObject([{ type: 'connection.ready', tookMs: 30 }]);
  });

  it('that its user connected before is not connected again', async () => {
    const sentinel = new SentinelStandIn();
    await sentinel.connect();
    sentinel.connecting = () => Promise.reject(new Error('no'));
    const { line } = await open(sentinel);
    expect(line.available).toBeDefined();
  });

  it('is closed before it is tried again, as it wants it', async () => {
    const sentinel = new SentinelStandIn();
    sentinel.connecting = () => Promise.reject(new Error('no sentinel'));
    const { line, types, heard } = await open(sentinel);
    // Who waits is not helped by failing: the next try may succeed.
    expect([types, heard.slice(1)]).toEqual([
      ['connection.failed'],
      ['failed: Cannot connect to the sentinels: no sentinel'],
    ]);
    expect(sentinel.destroyed).not.toHaveBeenCalled();
    sentinel.connecting = () => Promise.resolve();
    await pass(100);
    expect(sentinel.destroyed).toHaveBeenCalledOnce();
    expect(line.available).toBeDefined();
  });

  it('tells its errors while calls wait, and not while they are served', async () => {
    const sentinel = new SentinelStandIn();
    sentinel.connecting = nothing;
    const { heard, line } = await open(sentinel);
    sentinel.emit('error', new Error('Connection timeout'));
    expect(heard[1]).toContain('Connection timeout');
    expect(line.lastFailure?.address).toBeUndefined();
    const serving = await open();
    serving.sentinel.emit('error', new Error('Connection timeout'));
    expect(serving.heard).toHaveLength(2);
  });

  it('takes no credentials of ours', () => {
    expect(() => kept(undefined, { credentials: () => ({}) })).toThrow(TypeError);
  });

  it('has calls wait while it has no master, until that answers', async () => {
    const { sentinel, run, line, types, heard, outcome } = await open();
    const found = pending<{ isReady: boolean }>();
    sentinel.master = found.promise;
    sentinel.masterNode = undefined;
    run('GET k');
    expect([line.available, heard.at(-1)]).toEqual([
      undefined,
      'unavailable: The sentinel client has no connection to the master',
    ]);
    expect(types.at(-1)).toBe('connection.lost');
    await pass(50);
    expect(line.available).toBeUndefined();
    found.resolve({ isReady: true });
    await pass(0);
    expect([line.available !== undefined, types.at(-1)]).toEqual([true, 'connection.ready']);
    expect(outcome.told).toEqual(['GET dispatched', 'GET: PONG']);
  });

  it('says so once, however many calls find it out', async () => {
    const { sentinel, connections, line, types, outcome } = await open();
    const carrier = line.available!;
    const told = { onFree: vi.fn(), onLost: vi.fn() };
    const separate = await connections.separate(told);
    sentinel.master = nothing();
    sentinel.masterNode = undefined;
    for (const key of ['a', 'b']) carrier.dispatch(callOf(`GET ${key}`), outcome);
    expect(types).toEqual(['connection.ready', 'connection.lost']);
    expect(separate.isReady).toBe(false);
    await expect(connections.separate(told)).rejects.toMatchObject({ execution: 'not-sent' });
  });

  it('has no more to say of an attempt that fails once it is closed', async () => {
    const sentinel = new SentinelStandIn();
    const connecting = pending();
    sentinel.connecting = () => connecting.promise;
    const { connections, types } = await open(sentinel);
    connections.close(CLOSED);
    connecting.reject(new Error('no sentinel'));
    await pass(500);
    expect(types).toEqual(['client.closed']);
  });

  it('is ended with its calls, and can be opened again', async () => {
    const { sentinel, connections, run, outcome, types, heard, line, closed } = await open();
    sentinel.answering = nothing;
    run('GET k');
    await pass(0);
    expect([connections.inFlight, line.available!.inFlight]).toEqual([1, 1]);
    connections.close(CLOSED);
    connections.close(CLOSED);
    expect(outcome.failures).toEqual([CLOSED]);
    expect([types.at(-1), heard.at(-1), line.isOpen]).toEqual([
      'client.closed',
      'abandoned: The client is closed',
      false,
    ]);
    expect([sentinel.destroyed.mock.calls.length, closed.mock.calls.length]).toEqual([1, 1]);
    connections.open();
    await pass(0);
    expect(line.available).toBeDefined();
  });

  it('is not tried for any more once it is closed', async () => {
    const sentinel = new SentinelStandIn();
    const refusing = vi.fn(() => Promise.reject(new Error('no')));
    sentinel.connecting = refusing;
    const { connections } = await open(sentinel);
    connections.close(CLOSED);
    await pass(1_000);
    expect(refusing).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives its own connections for messages', async () => {
    const { connections, sentinel, line } = await open();
    const { current } = connections.subscriber('CHANNELS');
    const listener = vi.fn();
    expect([current?.client, current?.gate(listener)]).toEqual([sentinel, listener]);
    await expect(line.available!.ask('PING')).resolves.toBe('PONG');
    expect([line.available!.clientFor([]), connections.isSubscribed]).toEqual([sentinel, false]);
  });
});

describe('a blocking call that is handed to it', () => {
  /** What one runs through, from its layer on. */
  async function blocked() {
    const all = await open();
    const { line, connections, outcome } = all;
    const blocking = new BlockingConnections(line, connections.separate, 50, 1_000);
    const layer = new DispatchLayer(line, blocking);
    new Recorder(outcome).wrap(layer);
    const send = async (command: string) => {
      const call = callOf(command, {
        policy: { blocking: true },
        execute: (target) =>
          target.clientFor([]).sendCommand(false, command.split(' ')) as Promise<unknown>,
      });
      layer.send(call);
      await pass(0);
      return call;
    };
    const inFlight = () => [connections.inFlight, blocking.inFlight];
    return { ...all, blocking, layer, send, inFlight };
  }

  it('counts once, from when it is handed over until its reply', async () => {
    const { sentinel, send, inFlight, outcome } = await blocked();
    for (const reply of ['first', 'second']) {
      const answer = pending();
      sentinel.answering = () => answer.promise;
      await send('BLPOP k');
      expect(inFlight()).toEqual([0, 1]);
      answer.resolve(reply);
      await pass(0);
      expect(inFlight()).toEqual([0, 0]);
    }
    expect(outcome.told.filter((one) => !one.endsWith('dispatched'))).toEqual([
      'BLPOP: first',
      'BLPOP: second',
    ]);
  });

  it('can be given up beside another, which goes on', async () => {
    const { sentinel, send, inFlight, layer, outcome } = await blocked();
    const answers = [pending(), pending()];
    let next = 0;
    sentinel.answering = () => answers[next++]!.promise;
    const first = await send('BLPOP a');
    await send('BLPOP b');
    expect(inFlight()).toEqual([0, 2]);
    layer.cancel(first, CLOSED);
    expect(inFlight()).toEqual([0, 1]);
    for (const { resolve } of answers) resolve('element');
    await pass(0);
    expect(inFlight()).toEqual([0, 0]);
    expect(outcome.told.filter((one) => one.includes('element'))).toHaveLength(1);
    expect(sentinel.destroyed).not.toHaveBeenCalled();
  });

  it('counts no more where it is taken back, or fails, before it is sent', async () => {
    const { sentinel, send, inFlight, layer, outcome } = await blocked();
    const found = pending<{ isReady: boolean }>();
    sentinel.master = found.promise;
    const taken = await send('BLPOP a');
    await send('BLPOP b');
    expect(inFlight()).toEqual([0, 2]);
    layer.cancel(taken, CLOSED);
    expect(inFlight()).toEqual([0, 1]);
    found.reject(new Error('The client is closed'));
    await pass(0);
    expect(inFlight()).toEqual([0, 0]);
    expect([sentinel.sent, outcome.told]).toEqual([[], ['BLPOP! closed not-sent']]);
  });

  it('waits while there is no master, and is handed over as soon as there is', async () => {
    const { sentinel, send, run, inFlight, blocking, line } = await blocked();
    const found = pending<{ isReady: boolean }>();
    sentinel.master = found.promise;
    sentinel.masterNode = undefined;
    run('GET k');
    await send('BLPOP k');
    expect([line.available, blocking.waiting, inFlight()]).toEqual([undefined, 1, [0, 0]]);
    sentinel.masterNode = {};
    found.resolve({ isReady: true });
    await pass(50);
    expect([blocking.waiting, sentinel.sent.at(-1)]).toEqual([0, 'BLPOP k']);
  });

  it('ends with the client', async () => {
    const { sentinel, send, inFlight, connections, blocking, outcome } = await blocked();
    sentinel.answering = nothing;
    await send('BLPOP k');
    connections.close(CLOSED);
    blocking.close(CLOSED);
    expect([inFlight(), outcome.failures]).toEqual([[0, 0], [CLOSED]]);
  });
});

describe('a call that is handed to it', () => {
  it('is in flight from when it is sent, and can be taken back until then', async () => {
    const { sentinel, run, outcome, connections } = await open();
    const found = pending<{ isReady: boolean }>();
    sentinel.master = found.promise;
    const [taken, sent] = [run('INCR a'), run('INCR b')];
    await pass(0);
    expect([outcome.told, connections.inFlight]).toEqual([[], 0]);
    taken.waiting!.leave();
    expect(taken.waiting).toBeUndefined();
    found.resolve({ isReady: true });
    await pass(0);
    expect(sentinel.sent).toEqual(['INCR b']);
    expect(outcome.told).toEqual(['INCR dispatched', 'INCR: PONG']);
    expect([sent.waiting, sent.attempts, taken.attempts]).toEqual([undefined, 1, 0]);
  });

  it('fails as not sent where the sentinel fails before it sends it', async () => {
    const { sentinel, run, outcome } = await open();
    sentinel.master = Promise.reject(new Error('The client is closed'));
    const call = run('INCR a');
    await pass(0);
    expect(outcome.told).toEqual(['INCR! closed not-sent']);
    expect(call.waiting).toBeUndefined();
  });

  it('frees its place with its reply', async () => {
    const { run, heard } = await open();
    run('GET a');
    await pass(0);
    expect(heard.at(-1)).toBe('free');
  });

  it.each([
    { title: 'that make no command', wires: [], told: 'GET! command not-sent' },
    { title: 'that it stumbles over', wires: [['GET']], told: 'GET! unknown not-sent' },
  ])('fails as what it is where the client takes no arguments $title', async ({ wires, told }) => {
    const { line, outcome } = await open();
    const execute = () => Promise.reject(new TypeError('x is not a function'));
    line.available!.dispatch(callOf('GET a', { execute, wires: () => wires }), outcome);
    await pass(0);
    expect(outcome.told).toEqual([told]);
  });

  it('is sent once, whatever the sentinel would do when the connection is lost', async () => {
    const { sentinel, run, outcome } = await open();
    const master = { isReady: true };
    sentinel.master = Promise.resolve(master);
    sentinel.answering = () => {
      master.isReady = false;
      return Promise.reject(new Error('Socket closed unexpectedly'));
    };
    run('INCR a');
    await pass(0);
    expect(sentinel.sent).toEqual(['INCR a']);
    expect(outcome.told).toEqual(['INCR dispatched', 'INCR! transport unknown']);
  });

  it('goes to the new master where the old one says that it is none', async () => {
    const { sentinel, run, outcome } = await open();
    const master = { isReady: false };
    sentinel.master = Promise.resolve(master);
    sentinel.answering = () => {
      sentinel.answering = () => Promise.resolve(1);
      return Promise.reject(new ErrorReply('READONLY no'));
    };
    run('INCR a');
    await pass(0);
    expect(sentinel.sent).toEqual(['INCR a', 'INCR a']);
    expect(outcome.told).toEqual(['INCR dispatched', 'INCR: 1']);
  });

  it('does not go there where nobody waits for it any more', async () => {
    const { sentinel, run, outcome } = await open();
    sentinel.master = Promise.resolve({ isReady: false });
    const answer = pending();
    sentinel.answering = () => answer.promise;
    const call = run('INCR a');
    await pass(0);
    call.attempt!.abandon();
    answer.reject(new ErrorReply('READONLY no'));
    await pass(0);
    expect(sentinel.sent).toEqual(['INCR a']);
    expect(outcome.told).toEqual(['INCR dispatched']);
  });

  it("has the options of its view, and changes nobody else's", async () => {
    const { sentinel, connections, line } = await open();
    const seen: unknown[] = [];
    const look = (view: View) => {
      const call = callOf('GET k', {
        execute: (target) => {
          const client = target.clientFor(view) as AnyClient & { commandOptions: object };
          seen.push(client.commandOptions);
          expect(client._self).toBe(client);
          return client.sendCommand(false, ['GET', 'k']) as Promise<unknown>;
        },
      });
      line.available!.dispatch(call, new OutcomeRecorder());
    };
    const mapping = { 36: Buffer };
    look([]);
    look([['withTypeMapping', [mapping]]]);
    look([['withCommandOptions', [{ asap: true }]]]);
    await pass(0);
    expect(seen).toEqual([
      { own: true },
      { own: true, typeMapping: mapping },
      { own: true, asap: true },
    ]);
    expect(sentinel.commandOptions).toEqual({ own: true });
    connections.close(CLOSED);
  });
});
