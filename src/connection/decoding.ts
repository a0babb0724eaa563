import type { Socket } from 'node:net';
import { ReplyStream } from './reply-stream.ts';

/**
 * Has a client decode whole replies only, and nothing any more after the first damage. What it throws at a
 * reply that nobody asked for is damage too: out of a socket's listener it would end the process (redis 4).
 */
export function guardDecoding(socket: Socket, onDamaged: (error: unknown) => void): void {
  const decoders = socket.listeners('data') as ((chunk: Buffer) => void)[];
  const stream = new ReplyStream();
  const receive = (chunk: Buffer) => {
    try {
      const replies = stream.next(chunk);
      for (const decode of decoders) decode.call(socket, replies);
    } catch (error) {
      socket.off('data', receive);
      onDamaged(error);
    }
  };
  socket.removeAllListeners('data').on('data', receive);
}
