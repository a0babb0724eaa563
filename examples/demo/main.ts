/* What six faults do to a node-redis client, bare and wrapped, side by side on real servers. */
import { writeFileSync } from 'node:fs';
import { driveFaults } from './drive.ts';
import { clients } from './lane.ts';
import { withLanes } from './lanes.ts';
import { readOptions } from './options.ts';
import { pictureOf } from './picture.ts';
import { brokenPromises, hangingAfterMs, scoreOf, totalOf } from './score.ts';
import type { Score } from './score.ts';
import { Screen } from './screen.ts';
import { tableOf } from './table.ts';
import { timelineOfRun } from './timeline.ts';
import type { Timeline } from './timeline.ts';
import { showLive } from './web/show.ts';

const limitMs = 80_000;
const maxCalls = 12_000;
const legend = `hanging: neither answer nor error within ${hangingAfterMs / 1_000} s
twice: INCRs executed more than once    lost: acknowledged writes that are gone
recovery: from the end of the fault (a dead connection: from its begin) to the first answer to a
call issued since; never: not before the next fault begins`;

const { major, svgFile, jsonFile, port } = readOptions();
const screen = new Screen();
const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => {
    interruption.abort();
  });
}

/** Runs the demo from the first server's start to the last one's end. */
async function run(signal: AbortSignal): Promise<{ scores: Score[]; timeline: Timeline }> {
  return withLanes({ major, maxCalls, screen }, async (lanes, status) => {
    const windows = await driveFaults(
      lanes,
      (text) => {
        status.say(text);
      },
      signal,
    );
    if (lanes.some(({ client, subject }) => client === 'wrapped' && subject.hasCrashed)) {
      throw new Error("the wrapped client's process ended by itself");
    }
    const scored = lanes.flatMap((lane) =>
      (windows.get(lane) ?? []).map((window) => scoreOf(lane, window)),
    );
    return { scores: await Promise.all(scored), timeline: timelineOfRun(lanes, windows) };
  });
}

/** Prints the scores, and returns what the wrapped client has to answer for. */
function conclude(scores: readonly Score[]): string[] {
  const faults = [...new Set(scores.map(({ fault }) => fault))];
  const paired = faults.flatMap((fault) => scores.filter((score) => score.fault === fault));
  const totals = clients.map((client) => totalOf(client, scores));
  const broken = totals.filter(({ client }) => client === 'wrapped').flatMap(brokenPromises);
  screen.print(`\n${tableOf([...paired, ...totals])}\n\n${legend}\n`);
  screen.print(
    broken.length === 0
      ? 'wrapped: nothing executed twice, lost, answered wrongly or left hanging'
      : `wrapped: ${broken.join(', ')}`,
  );
  if (jsonFile !== undefined) {
    const result = { redis: major, faults: paired, total: totals, broken };
    writeFileSync(jsonFile, `${JSON.stringify(result, null, 2)}\n`);
  }
  return broken;
}

/** Runs the demo to its end, prints what it showed and draws it. */
async function demonstrate(): Promise<void> {
  const signal = AbortSignal.any([interruption.signal, AbortSignal.timeout(limitMs)]);
  const { scores, timeline } = await run(signal);
  process.exitCode = conclude(scores).length === 0 ? 0 : 1;
  writeFileSync(svgFile, pictureOf(timeline));
  screen.print(`picture: ${svgFile}`);
}

try {
  if (port === undefined) await demonstrate();
  else await showLive({ major, port, screen }, interruption.signal);
} catch (error) {
  if (!interruption.signal.aborted) throw error;
  screen.print('interrupted');
  process.exitCode = 130;
}
