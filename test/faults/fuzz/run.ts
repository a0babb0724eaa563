import type { Bench } from './bench.ts';
import { runCase, type Finding } from './case.ts';

/** A case that is over; a case that could not be run counts as one that broke a promise. */
export type Ended = Finding | { readonly number: number; readonly broken: readonly string[] };

/** How many cases run at the same time: most of a case is waiting. */
const AT_ONCE = 24;

/** Runs cases side by side and tells of each as it begins and ends. */
export async function runCases(
  bench: Bench,
  seed: number,
  numbers: readonly number[],
  told: { begun?(number: number): void; ended(ended: Ended): void },
): Promise<void> {
  const left = numbers.values();
  const work = async () => {
    for (const number of left) {
      told.begun?.(number);
      const failed = (error: unknown) => ({ number, broken: [`cannot be run: ${String(error)}`] });
      told.ended(await runCase(bench, seed, number).catch(failed));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** How a case that broke a promise is told, and run again. */
export function describe(ended: Ended, major: number, seed: number): string {
  const again = `npm run fuzz -- --redis ${major} --seed ${seed} --case ${ended.number}`;
  const lines = [`seed ${seed}, case ${ended.number}: ${again}`];
  if ('plan' in ended) {
    const { title, at, lost, inserted, sliceBytes } = ended.plan;
    const what = `${title} at byte ${at}, ${lost} lost, inserted ${JSON.stringify(inserted.toString('latin1'))}`;
    const { sort, wrongFrom } = ended.verdict;
    lines.push(`  ${what}, in pieces of ${sliceBytes}: ${sort}, wrong from reply ${wrongFrom}`);
  }
  return [...lines, ...ended.broken.map((promise) => `  ${promise}`)].join('\n');
}
