import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { guardDecoding } from '../../../src/connection/decoding.ts';
import { CLOSED } from '../../../src/failures/failure.ts';
import { SocketStandIn } from './client-stand-in.ts';
import { supervised } from './supervised.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** A socket whose client decodes what comes, and may throw at it. */
function guarded(decode: (chunk: string) => void = () => undefined) {
  const socket = new SocketStandIn();
  const decoded: string[] = [];
  const listeners: unknown[] = [];
  socket.on('data', function (this: unknown, chunk: Buffer) {
    listeners.push(this);
    decoded.push(String(chunk));
    decode(String(chunk));
  });
  const onDamaged = vi.fn<(error: unknown) => void>();
  guardDecoding(socket as never, onDamaged);
  const receive = (chunk: string) => socket.emit('data', Buffer.from(chunk));
  return { socket, decoded, listeners, onDamaged, receive };
}

describe('the decoder of a client', () => {
  it('gets whole replies, as it would of its socket', () => {
    const { socket, decoded, listeners, onDamaged, receive } = guarded();
    receive('+OK\r\n:1');
    expect(decoded).toEqual(['+OK\r\n']);
    receive('2\r\n');
    expect(decoded).toEqual(['+OK\r\n', ':12\r\n']);
    expect(listeners).toEqual([socket, socket]);
    expect(onDamaged).not.toHaveBeenCalled();
  });

  it('gets nothing of what is damaged, nor anything after it', () => {
    const { decoded, onDamaged, receive } = guarded();
    receive('+OK\r\n@\r\n');
    receive('+OK\r\n');
    expect(decoded).toEqual([]);
    expect(onDamaged.mock.calls).toEqual([[new Error('A reply of no type')]]);
  });

  it('may throw at what it gets, which ends the stream and not the process', () => {
    const { decoded, onDamaged, receive } = guarded(() => {
      throw new TypeError('nobody asked for this');
    });
    receive('+OK\r\n');
    receive('+OK\r\n');
    expect(decoded).toEqual(['+OK\r\n']);
    expect(onDamaged.mock.calls).toEqual([[new TypeError('nobody asked for this')]]);
  });
});

it('costs a connection what it receives that is no reply', async () => {
  const all = supervised();
  const decoded: string[] = [];
  all.site.connecting = (client) => {
    client.socket.on('data', (chunk: Buffer) => decoded.push(String(chunk)));
    client.emit('connect');
    return Promise.resolve();
  };
  const { site, types, supervisor } = await all.connected();
  site.last.socket.emit('data', Buffer.from('+OK\r\n'));
  expect([decoded, types()]).toEqual([['+OK\r\n'], ['connection.ready']]);
  site.last.socket.emit('data', Buffer.from('@'));
  expect(types().at(-1)).toBe('connection.lost');
  expect(supervisor.lastFailure).toMatchObject({ kind: 'transport', endedBy: 'us' });
  supervisor.close(CLOSED);
});
