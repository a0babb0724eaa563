import { setTimeout as sleep } from 'node:timers/promises';
import { faults } from './faults.ts';
import type { Fault } from './faults.ts';
import type { Lane } from './lane.ts';
import { hangingAfterMs } from './score.ts';
import type { Window } from './score.ts';

const calmMs = 2_000;
const faultMs = 3_000;
const pollMs = 100;

/** Puts all lanes through all faults at the same time, and returns the windows of each lane. */
export async function driveFaults(
  lanes: readonly Lane[],
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<ReadonlyMap<Lane, readonly Window[]>> {
  const windows = new Map(lanes.map((lane) => [lane, [openWindow('none')]]));
  const each = (act: (lane: Lane) => Promise<void>) => Promise.all(lanes.map(act));
  for (const { subject } of lanes) subject.startTraffic();
  await sleep(calmMs, undefined, { signal });
  for (const fault of faults) {
    say(`begins: ${fault.name}`);
    await each((lane) => begin(fault, lane, windows.get(lane)));
    await sleep(faultMs, undefined, { signal });
    await each((lane) => end(fault, lane, windows.get(lane)));
    say(fault.recoveryFrom === 'end' ? `ends:   ${fault.name}` : `stays:  ${fault.name}`);
    await sleep(calmMs, undefined, { signal });
  }
  for (const { subject } of lanes) subject.stopTraffic();
  say('traffic ends');
  await settle(lanes, signal);
  return windows;
}

/** Waits until every call has settled or counts as hanging. */
async function settle(lanes: readonly Lane[], signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + hangingAfterMs;
  const isPending = () =>
    lanes.some(({ subject }) => subject.calls.some(({ outcome }) => outcome === 'pending'));
  do await sleep(pollMs, undefined, { signal });
  while (isPending() && performance.now() < deadline);
  // What settled last is still on its way from the subject's process.
  await sleep(2 * pollMs, undefined, { signal });
}

async function begin(fault: Fault, lane: Lane, windows: Window[] = []): Promise<void> {
  const window = openWindow(fault.name);
  const previous = windows.at(-1);
  if (previous) previous.until = window.from;
  windows.push(window);
  if (fault.recoveryFrom === 'begin') window.recoveryFrom = window.from;
  await fault.begin(lane);
}

async function end(fault: Fault, lane: Lane, windows: readonly Window[] = []): Promise<void> {
  await fault.end(lane);
  const window = windows.at(-1);
  if (window && fault.recoveryFrom === 'end') window.recoveryFrom = performance.now();
}

function openWindow(fault: string): Window {
  return { fault, from: performance.now(), until: Infinity };
}
