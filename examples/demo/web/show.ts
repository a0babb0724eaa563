import { once } from 'node:events';
import { ratePerSecond } from '../lane.ts';
import { withLanes } from '../lanes.ts';
import type { Screen } from '../screen.ts';
import { Stage } from '../stage.ts';
import { serveStage } from './serve.ts';

/** How long there is traffic: keys are never used twice, and all are written before. */
const trafficS = 20 * 60;

/** What the live page is of and where it is served. */
export interface ShowOptions {
  readonly major: number;
  readonly port: number;
  readonly screen: Screen;
}

/** Serves the live page until the signal comes. */
export async function showLive(
  { major, port, screen }: ShowOptions,
  signal: AbortSignal,
): Promise<void> {
  const maxCalls = trafficS * ratePerSecond;
  await withLanes({ major, maxCalls, screen }, async (lanes) => {
    const stage = new Stage(lanes);
    const served = await serveStage(stage, port);
    screen.line(`open ${served.url} and end it with Ctrl-C`);
    if (!signal.aborted) await once(signal, 'abort');
    served.stop();
    // What repeats a fault would go on with it while the servers end.
    await stage.heal();
  });
}
