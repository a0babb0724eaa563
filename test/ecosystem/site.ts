import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import type { Cleanup } from './conditions.ts';

/** Serves an app until the test ends; returns its address. */
export async function listen(app: Express, { onTestFinished }: Cleanup): Promise<string> {
  const listening = app.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  onTestFinished(() => {
    listening.closeAllConnections();
    listening.close();
  });
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}/`;
}
