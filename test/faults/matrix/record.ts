import { mkdirSync, writeFileSync } from 'node:fs';
import type { ClientVersion } from '../../support/clients.ts';
import type { Fault, Harm } from '../catalogue/fault.ts';
import type { Observation, Row } from './run.ts';
import type { Subject } from './subjects.ts';

/** Where the results go, if they are to be kept. */
export const RESULTS_VARIABLE = 'REDIS_RESILIENCE_FAULT_RESULTS';

/** What became of one client's calls under a fault. */
export interface Outcome {
  readonly answered: number;
  readonly failed: number;
  readonly hanging: number;
  readonly wrong: number;
  readonly executedTwice: number;
  readonly lost: number;
  /** Writes that were executed and reported as failed. */
  readonly ghosts: number;
  readonly longestMs: number;
  /** Null where it did not come back. */
  readonly backMs: number | null;
  readonly crashed: boolean;
  readonly kinds: Readonly<Record<string, number>>;
}

/** One fault on one version, as it stands in the results. */
export interface RowResult {
  readonly fault: string;
  readonly harm: Harm;
  readonly bare: Outcome;
  readonly wrapped: Outcome;
  readonly defaults: Outcome;
}

/** Everything that one run found out about a version. */
export interface VersionResult {
  readonly client: string;
  readonly rows: readonly RowResult[];
}

const rows = new Map<string, RowResult>();

/** Keeps a row, where the results are asked for; written at once, so that a run that ends early leaves what it had. */
export function noteRow(version: ClientVersion, fault: Fault, harm: Harm, row: Row): void {
  const directory = process.env[RESULTS_VARIABLE];
  if (!directory) return;
  rows.set(fault.name, {
    fault: fault.name,
    harm,
    bare: outcomeOf(row.bare),
    wrapped: outcomeOf(row.brisk),
    defaults: outcomeOf(row.defaults),
  });
  mkdirSync(directory, { recursive: true });
  const result: VersionResult = { client: version.name, rows: [...rows.values()] };
  writeFileSync(`${directory}/redis-${version.major}.json`, `${JSON.stringify(result, null, 2)}\n`);
}

function outcomeOf({ audit, backMs, crashed }: Observation<Subject>): Outcome {
  const kinds: Record<string, number> = {};
  for (const { error } of audit.calls) {
    if (typeof error?.kind === 'string') kinds[error.kind] = (kinds[error.kind] ?? 0) + 1;
  }
  return {
    answered: audit.answered,
    failed: audit.failed,
    hanging: audit.pending,
    wrong: audit.wrong,
    executedTwice: audit.executedTwice,
    lost: audit.lost,
    ghosts: audit.ghosts.denied + audit.ghosts.unknown,
    longestMs: Math.round(audit.longestMs),
    backMs: backMs === undefined ? null : Math.round(backMs),
    crashed,
    kinds,
  };
}
