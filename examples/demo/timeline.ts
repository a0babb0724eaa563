import type { CircuitState } from 'redis-resilience';
import type { Call } from '../../test/support/workload-call.ts';
import { ratePerSecond } from './lane.ts';
import type { ClientKind, Lane } from './lane.ts';
import type { Window } from './score.ts';

/** What callers saw during 100 ms. */
export interface Bucket {
  /** Calls that were answered or failed meanwhile. */
  readonly answered: number;
  readonly failed: number;
  /** Of those that were answered. */
  readonly wrong: number;
  /** Calls without an outcome at its end. */
  readonly waiting: number;
  /** The longest that one of all these calls had taken by then. */
  readonly longestMs: number;
}

/** Something that held from one second of a timeline to another. */
export interface Span<Name extends string = string> {
  readonly name: Name;
  readonly from: number;
  readonly until: number;
}

/** What both clients went through, in seconds since the start of the traffic. */
export interface Timeline {
  readonly major: number;
  readonly from: number;
  readonly until: number;
  readonly faults: readonly Span[];
  readonly lanes: readonly LaneTimeline[];
}

/** What became of one client's calls; the first bucket begins with the timeline. */
export interface LaneTimeline {
  readonly client: ClientKind;
  readonly buckets: readonly Bucket[];
  readonly circuit: readonly Span<CircuitState>[];
}

/** How long a bucket is. */
export const bucketMs = 100;

/** How many calls a client is given meanwhile. */
export const duePerBucket = (ratePerSecond * bucketMs) / 1_000;

/** A part of a run, in times of `performance.now()`. */
export interface Period {
  /** Where the seconds are counted from. */
  readonly startedAt: number;
  readonly from: number;
  readonly until: number;
}

/** Draws up what happened to lanes and callers from the first call of a run to the last one. */
export function timelineOfRun(
  lanes: readonly Lane[],
  windows: ReadonlyMap<Lane, readonly Window[]>,
): Timeline {
  const ownWindows = lanes.flatMap((lane) => windows.get(lane)?.[0] ?? []);
  const startedAt = Math.min(...ownWindows.map(({ from }) => from));
  const until = Math.max(...lanes.map(({ subject }) => subject.calls.at(-1)?.startedAt ?? 0));
  const faults = (lanes[0] && windows.get(lanes[0])?.flatMap(bandOf)) ?? [];
  return timelineOf(lanes, faults, { startedAt, from: startedAt, until });
}

/** When a window's fault was there; one that is left by the client's own doing stays. */
function bandOf({ fault, from, until, recoveryFrom }: Window): Span[] {
  if (recoveryFrom === undefined) return [];
  return [{ name: fault, from, until: recoveryFrom === from ? until : recoveryFrom }];
}

/** Draws up what happened to lanes and callers in a part of the run. */
export function timelineOf(
  lanes: readonly Lane[],
  faults: readonly Span[],
  { startedAt, from, until }: Period,
): Timeline {
  const seconds = (at: number) => (at - startedAt) / 1_000;
  const shown = faults.filter((fault) => fault.from < until && fault.until > from);
  return {
    major: lanes[0]?.major ?? 0,
    from: seconds(from),
    until: seconds(until),
    faults: shown.map(({ name, ...fault }) => ({
      name,
      from: seconds(Math.max(fault.from, from)),
      until: seconds(Math.min(fault.until, until)),
    })),
    lanes: lanes.map(({ client, subject, circuit }) => ({
      client,
      buckets: bucketsOf(subject.calls, from, Math.floor((until - from) / bucketMs) + 1),
      circuit: circuit.spans(from, until).map((span) => ({
        name: span.state,
        from: seconds(span.from),
        until: seconds(span.until),
      })),
    })),
  };
}

/** Sorts calls into buckets by when they settled, and counts those that had not. */
export function bucketsOf(calls: readonly Call[], from: number, count: number): Bucket[] {
  const empty = { answered: 0, failed: 0, wrong: 0, waiting: 0, longestMs: 0 };
  const buckets = Array.from({ length: count }, () => ({ ...empty }));
  for (const { startedAt, settledAt = Infinity, outcome, wrong } of calls) {
    const settledIn = Math.floor((settledAt - from) / bucketMs);
    const bucket = buckets[settledIn];
    if (bucket) {
      if (outcome === 'ok') bucket.answered++;
      else bucket.failed++;
      if (wrong) bucket.wrong++;
      bucket.longestMs = Math.max(bucket.longestMs, settledAt - startedAt);
    }
    const startedIn = Math.floor((startedAt - from) / bucketMs);
    for (let index = Math.max(startedIn, 0); index < Math.min(settledIn, count); index++) {
      const waited = buckets[index];
      if (!waited) continue;
      waited.waiting++;
      waited.longestMs = Math.max(waited.longestMs, from + (index + 1) * bucketMs - startedAt);
    }
  }
  return buckets;
}
