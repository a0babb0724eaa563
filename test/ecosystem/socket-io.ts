import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { Server, type Namespace } from 'socket.io';
import { io as connectTo, type Socket } from 'socket.io-client';
import { expect, vi } from 'vitest';
import { isOutage } from 'redis-resilience';
import { PATIENCE, type Cleanup, type Guest } from './conditions.ts';

/** Two servers that reach each other through Redis only, and somebody connected to the second. */
interface Chat {
  readonly here: Server;
  readonly there: Socket;
}

type MakeAdapter = (namespace: Namespace) => unknown;

const STORM = 1_000;

/** What would end a process that has no tests around it: nobody awaits what `emit` does. */
const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));

let messages = 0;

/** What a chat on two servers does with an adapter, whichever it is. */
export const chat: Pick<Guest<Chat>, 'works' | 'away'> = {
  async works({ here, there }) {
    const sent: number[] = [];
    const received: number[] = [];
    const listen = (message: number) => {
      if (sent.includes(message)) received.push(message);
    };
    there.on('news', listen);
    // Both adapters lose what is sent before the other server reads, so one message proves nothing.
    await vi.waitFor(() => {
      sent.push(++messages);
      here.emit('news', messages);
      expect(received).not.toHaveLength(0);
    }, PATIENCE);
    there.off('news', listen);
    expect(received).toEqual([...new Set(received)]);
    await seesBoth(here);
  },
  async away({ here }) {
    for (let count = 0; count < STORM; count++) here.emit('storm', count);
    await expect(here.of('/').adapter.serverCount()).rejects.toSatisfy(isOutage);
    // By then the storm has failed too; rejections that nobody handles are told a turn later.
    await turn();
    expect(unhandled).toEqual([]);
  },
};

/** Starts the two servers, each with an adapter of its own. */
export async function startChat(
  adapterOf: () => MakeAdapter | Promise<MakeAdapter>,
  test: Cleanup,
): Promise<Chat> {
  const here = await startServer(await adapterOf(), test);
  const other = await startServer(await adapterOf(), test);
  const there = connectTo(other.url, { transports: ['websocket'], reconnection: false });
  test.onTestFinished(() => {
    there.disconnect();
  });
  await new Promise<void>((resolve) => there.once('connect', resolve));
  await seesBoth(here.io);
  return { here: here.io, there };
}

async function startServer(
  adapter: MakeAdapter,
  { onTestFinished }: Cleanup,
): Promise<{ io: Server; url: string }> {
  const listening = createServer().listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const io = new Server(listening, { adapter: adapter as never });
  onTestFinished(() => io.close());
  return { io, url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}/` };
}

async function seesBoth(io: Server): Promise<void> {
  await vi.waitFor(async () => {
    expect(await io.of('/').adapter.serverCount()).toBe(2);
  }, PATIENCE);
}
