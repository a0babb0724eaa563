import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import express from 'express';
import type { Express, Response } from 'express';
import { pageStyle } from '../colours.ts';
import { faults } from '../faults.ts';
import type { Stage } from '../stage.ts';
import { liveOf } from './live.ts';

const tickMs = 200;
const page = fileURLToPath(new URL('page.html', import.meta.url));
const echarts = createRequire(import.meta.url).resolve('echarts/dist/echarts.min.js');

/** A page that is being served. */
export interface Served {
  readonly url: string;
  stop(): void;
}

/** Serves a page that shows the stage as it is and lets its faults begin and end; to this machine only. */
export async function serveStage(stage: Stage, port: number): Promise<Served> {
  const watchers = new Set<Response>();
  const server = appOf(stage, watchers).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const ticker = setInterval(() => {
    if (watchers.size === 0) return;
    const message = `data: ${JSON.stringify(liveOf(stage))}\n\n`;
    // One that reads slowly misses pictures, and gets no old ones later.
    for (const watcher of watchers) if (!watcher.writableNeedDrain) watcher.write(message);
  }, tickMs);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: () => {
      clearInterval(ticker);
      server.close();
      server.closeAllConnections();
    },
  };
}

function appOf(stage: Stage, watchers: Set<Response>): Express {
  const app = express();
  app.get('/', (_request, response) => {
    response.sendFile(page);
  });
  app.get('/colours.css', (_request, response) => {
    response.type('css').send(pageStyle());
  });
  app.get('/echarts.js', (_request, response) => {
    response.sendFile(echarts);
  });
  app.get('/favicon.ico', (_request, response) => {
    response.status(204).end();
  });
  app.get('/live', (_request, response) => {
    response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.flushHeaders();
    watchers.add(response);
    response.once('close', () => watchers.delete(response));
  });
  app.post('/faults/:name', async ({ params }, response) => {
    const fault = faults.find(({ name }) => name === params.name);
    if (fault) await stage.begin(fault);
    response.sendStatus(fault ? 200 : 404);
  });
  app.post('/heal', async (_request, response) => {
    await stage.heal();
    response.sendStatus(200);
  });
  return app;
}
