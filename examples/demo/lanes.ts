import { clients, startLane } from './lane.ts';
import type { Lane } from './lane.ts';
import type { Screen } from './screen.ts';
import { Status } from './status.ts';

/** What both lanes have in common, and where is told of them. */
export interface LanesOptions {
  /** Of node-redis. */
  readonly major: number;
  readonly maxCalls: number;
  readonly screen: Screen;
}

/** Starts a lane for each client, lets something be done with them, and ends all that was started. */
export async function withLanes<T>(
  { major, maxCalls, screen }: LanesOptions,
  use: (lanes: readonly Lane[], status: Status) => Promise<T>,
): Promise<T> {
  const stops: (() => unknown)[] = [];
  const owned = (stop: () => unknown) => stops.push(stop);
  screen.line('starts two servers and two clients');
  try {
    const lanes: Lane[] = [];
    for (const client of clients) lanes.push(await startLane({ client, major, maxCalls }, owned));
    const status = new Status(screen, lanes);
    owned(() => {
      status.stop();
    });
    status.say(`redis ${major}, bare and wrapped, without a fault`);
    return await use(lanes, status);
  } finally {
    await Promise.allSettled(stops.reverse().map((stop) => Promise.resolve().then(stop)));
  }
}
