import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { FAULTS } from '../catalogue/index.ts';
import type { Outcome, VersionResult } from './record.ts';

/** Every call of a wrapped client of the matrix is settled by then. */
const PATIENT_MS = 1_650;

/** What a run recorded, one file per major. */
export function resultsIn(directory: string | URL): VersionResult[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => {
      const text = readFileSync(new URL(file, asDirectory(directory)), 'utf8');
      return JSON.parse(text) as VersionResult;
    });
}

/** The head and the rows of the table: each fault once, bare beside wrapped for each version. */
export function cellsOf(results: readonly VersionResult[]): {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
} {
  const faults = FAULTS.map(({ name }) => name);
  const head = ['fault', ...results.flatMap(({ client }) => [`${client}, bare`, 'wrapped'])];
  const rows = faults.map((fault) => [
    fault,
    ...results.flatMap(({ rows: found }) => {
      const row = found.find((candidate) => candidate.fault === fault);
      return row ? [bareCell(row.bare), wrappedCell(row.wrapped)] : ['–', '–'];
    }),
  ]);
  return { head, rows };
}

function bareCell({ crashed, wrong, hanging, longestMs, failed, ghosts }: Outcome): string {
  if (crashed) return '**the process ends**';
  const found = [
    wrong > 0 && `**${wrong} wrong replies**`,
    hanging > 0 && `**${hanging} hang**`,
    hanging === 0 && longestMs > PATIENT_MS && `up to ${(longestMs / 1_000).toFixed(1)} s`,
    failed > 0 && `${failed} failed${ghosts > 0 ? `, ${ghosts} of them executed` : ''}`,
  ].filter((part) => part !== false);
  return found.join(', ') || 'fine';
}

function wrappedCell({ answered, failed, wrong, backMs }: Outcome): string {
  const share = (100 * answered) / (answered + failed);
  const shown = share === 100 ? 'all' : `${Math.min(99.9, share).toFixed(share > 99 ? 1 : 0)} %`;
  const back = backMs !== null && share < 100 ? `, back in ${backMs} ms` : '';
  return `${shown} answered${back}${wrong > 0 ? `, ${wrong} wrong` : ''}`;
}

function asDirectory(directory: string | URL): URL {
  return typeof directory === 'string' ? new URL(`file://${directory}/`) : directory;
}
