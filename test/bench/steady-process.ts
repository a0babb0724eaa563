/* Started by `steady.ts`: one client under the same load all the time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { answer, type Task } from './apart.ts';
import { liveBytes } from './live-bytes.ts';
import type { Sample } from './steady.ts';
import { variantNamed } from './subjects.ts';

/** For how long. */
export interface SteadyTask extends Task {
  readonly forMs: number;
}

const CALLERS = 20;
const PAUSE_MS = 2;
const SAMPLES = 20;

answer<SteadyTask, Sample[]>(async ({ variant, port, forMs }, ready) => {
  const subject = await variantNamed(variant).open(port);
  ready();
  const begunAt = performance.now();
  let calls = 0;
  let isBusy = true;
  const caller = async () => {
    while (isBusy) {
      await subject.get('key');
      await subject.set('other', 'value');
      calls += 2;
      await sleep(PAUSE_MS);
    }
  };
  const callers = Array.from({ length: CALLERS }, caller);
  const samples: Sample[] = [];
  for (let sample = 0; sample <= SAMPLES; sample++) {
    await sleep(begunAt + (forMs * sample) / SAMPLES - performance.now());
    const afterS = Math.round((performance.now() - begunAt) / 1_000);
    const handles = process.getActiveResourcesInfo().length;
    samples.push({ afterS, calls, heapBytes: liveBytes(), handles });
  }
  isBusy = false;
  await Promise.all(callers);
  return samples;
});
