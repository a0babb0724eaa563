import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A server that takes logs as a strict receiver does: at one path, as JSON, of one schema. */
export interface LogReceiver<T> {
  readonly url: string;
  readonly received: T[];
  /** What was refused, and why. */
  readonly refused: string[];
  stop(): void;
}

/** Starts one; `parse` throws at what it does not take. */
export async function logReceiver<T>(
  path: string,
  parse: (body: unknown) => T[],
): Promise<LogReceiver<T>> {
  const received: T[] = [];
  const refused: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      try {
        const { method, url, headers } = request;
        if (method !== 'POST' || url !== path) throw new Error(`${String(method)} ${String(url)}`);
        const type = headers['content-type'] ?? '';
        if (!type.startsWith('application/json')) throw new Error(`content-type ${type}`);
        received.push(...parse(JSON.parse(body)));
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      } catch (error) {
        refused.push(String(error));
        response.writeHead(400).end();
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    refused,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
