import type { Cost } from './hot-path.ts';
import type { Results } from './results.ts';
import type { Watch } from './telemetry.ts';

/** A figure that a release has to reach, and what would be better still. */
export interface Bar {
  readonly what: string;
  readonly unit: string;
  readonly bar: number;
  readonly goal: number;
  readonly better: 'lower' | 'higher';
  /** Whether it says something on a quiet machine only, so that it is shown and not checked. */
  readonly needsQuiet?: boolean;
  /** Undefined where this run did not measure it. */
  readonly of: (results: Results) => number | undefined;
}

const addedBy = ({ telemetry }: Results, by: Watch, isSampled: boolean): number | undefined =>
  telemetry.find((cost) => cost.by === by && cost.isSampled === isSampled)?.addedCpuUs;

const costOf = ({ hotPath }: Results, workload: string, variant: string): Cost | undefined =>
  hotPath
    .find((found) => found.workload === workload)
    ?.costs.find((cost) => cost.variant.startsWith(variant));

const busy = (results: Results, variant: string) => costOf(results, 'GET, 100 in flight', variant);
const single = (results: Results, variant: string) => costOf(results, 'GET, 1 in flight', variant);

/** What has to hold, every figure a ratio or a time of one run. */
export const BARS: readonly Bar[] = [
  {
    what: 'CPU added per GET on redis 4, 100 in flight',
    ...{ unit: 'µs', bar: 1.3, goal: 0.9, better: 'lower' },
    of: (results) => busy(results, 'wrapped redis 4')?.addedCpuUs,
  },
  {
    what: 'throughput against bare redis 4, 100 in flight',
    ...{ unit: '', bar: 0.66, goal: 0.78, better: 'higher' },
    of: (results) => busy(results, 'wrapped redis 4')?.throughput,
  },
  {
    what: 'throughput against bare redis 5, 100 in flight',
    ...{ unit: '', bar: 0.66, goal: 0.78, better: 'higher' },
    of: (results) => busy(results, 'wrapped redis 5')?.throughput,
  },
  {
    what: 'throughput against bare redis 6 and its timers, 100 in flight',
    ...{ unit: '', bar: 2, goal: 3, better: 'higher' },
    of: (results) => busy(results, 'wrapped redis 6')?.throughput,
  },
  {
    what: 'p50 of a GET against bare redis 4, 1 in flight',
    ...{ unit: '', bar: 1.03, goal: 1, better: 'lower', needsQuiet: true },
    of: (results) => single(results, 'wrapped redis 4')?.p50Ratio,
  },
  {
    what: 'p99 of a GET beyond bare redis 4, by how much that differs from round to round',
    ...{ unit: '', bar: 1, goal: 0, better: 'lower', needsQuiet: true },
    of: (results) => {
      const [ours, bare] = [single(results, 'wrapped redis 4'), single(results, 'bare redis 4')];
      return ours && bare && Math.max(0, ours.p99Us - bare.p99Us) / bare.p99SpreadUs;
    },
  },
  {
    what: 'CPU that p-retry around opossum adds, against ours',
    ...{ unit: '', bar: 8, goal: 12, better: 'higher' },
    of: (results) => {
      const ours = busy(results, 'wrapped redis 4')?.addedCpuUs;
      const theirs = busy(results, 'p-retry around opossum')?.addedCpuUs;
      return ours && theirs && theirs / ours;
    },
  },
  {
    what: 'CPU added per GET by metrics',
    ...{ unit: 'µs', bar: 1, goal: 0.5, better: 'lower' },
    of: (results) => addedBy(results, 'metrics', false),
  },
  {
    what: 'CPU added per GET by traces, in one that is not sampled',
    ...{ unit: 'µs', bar: 1, goal: 0.5, better: 'lower' },
    of: (results) => addedBy(results, 'traces', false),
  },
  {
    what: 'CPU added per GET by traces, in one that is sampled, beyond spans by hand',
    ...{ unit: 'µs', bar: 1, goal: 0, better: 'lower', needsQuiet: true },
    of: (results) => {
      const [ours, theirs] = [
        addedBy(results, 'traces', true),
        addedBy(results, 'a span by hand', true),
      ];
      return ours !== undefined && theirs !== undefined ? ours - theirs : undefined;
    },
  },
  {
    what: 'longest block, 10,000 calls failing at once',
    ...{ unit: 'ms', bar: 60, goal: 30, better: 'lower' },
    of: ({ storms }) =>
      storms.find(({ variant, failing }) => variant.startsWith('wrapped') && failing === 10_000)
        ?.longestBlockMs,
  },
  {
    what: 'longest block, outage at 30,000 calls/s',
    ...{ unit: 'ms', bar: 120, goal: 90, better: 'lower' },
    of: ({ outages }) =>
      outages.find(
        ({ variant, ratePerSecond }) => variant.startsWith('wrapped') && ratePerSecond === 30_000,
      )?.seen?.longestBlockMs,
  },
  {
    what: 'refusals by an open circuit, one core',
    ...{ unit: '/s', bar: 400_000, goal: 700_000, better: 'higher' },
    of: ({ refusals }) => refusals.perSecond,
  },
  {
    what: 'first success after a restart, median',
    ...{ unit: 'ms', bar: 200, goal: 130, better: 'lower' },
    of: ({ recovery }) => recovery.medianMs,
  },
  {
    what: 'first success after a restart, maximum',
    ...{ unit: 'ms', bar: 400, goal: 300, better: 'lower' },
    of: ({ recovery }) => recovery.maxMs,
  },
  {
    what: 'memory per waiting command, beyond its arguments',
    ...{ unit: 'bytes', bar: 700, goal: 400, better: 'lower' },
    of: ({ growth }) => growth.bytesPerWaiting,
  },
];

/** What a noisy machine may take away: a regression that matters is more than that. */
const MARGIN = 1.5;

/** Whether a figure is so far beyond its bar that noise does not explain it. */
export function isMissed({ bar, better, needsQuiet }: Bar, value: number): boolean {
  if (needsQuiet) return false;
  return better === 'lower' ? value > bar * MARGIN : value < bar / MARGIN;
}
