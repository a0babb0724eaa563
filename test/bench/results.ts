import { readFileSync } from 'node:fs';
import type { Growth } from './growth.ts';
import type { WorkloadCosts } from './hot-path.ts';
import type { Outage } from './outage.ts';
import type { Recovery } from './recovery.ts';
import type { Refusals } from './refusals.ts';
import type { Storm } from './storm.ts';
import type { TelemetryCost } from './telemetry.ts';

/** What one run of the benchmark found. */
export interface Results {
  /** Where it ran. */
  readonly machine: string;
  readonly hotPath: readonly WorkloadCosts[];
  readonly telemetry: readonly TelemetryCost[];
  readonly cluster: readonly WorkloadCosts[];
  readonly storms: readonly Storm[];
  readonly refusals: Refusals;
  readonly outages: readonly Outage[];
  readonly recovery: Recovery;
  readonly growth: Growth;
}

/** The run that the README shows. */
export const KEPT = new URL('results.json', import.meta.url);

/** Reads the run that the README shows. */
export function keptResults(): Results {
  return JSON.parse(readFileSync(KEPT, 'utf8')) as Results;
}
