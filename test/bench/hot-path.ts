import { median, percentile, spread } from './statistics.ts';
import type { Subject, Variant } from './subjects.ts';

/** A way to keep a client busy. */
export interface Workload {
  readonly name: string;
  readonly inFlight: number;
  /** One call; undefined where the subject has no such call. */
  readonly call: (subject: Subject) => (() => Promise<unknown>) | undefined;
}

const VALUE = 'x'.repeat(1_000);
const get = (subject: Subject) => () => subject.get('key');
const set = (subject: Subject) => () => subject.set('key', VALUE);

/** GET and SET of 1 kB, one by one and many at a time, and transactions. */
export const WORKLOADS: readonly Workload[] = [
  ...[1, 100, 1_000].map((inFlight) => ({
    name: `GET, ${inFlight} in flight`,
    inFlight,
    call: get,
  })),
  ...[1, 100, 1_000].map((inFlight) => ({
    name: `SET, ${inFlight} in flight`,
    inFlight,
    call: set,
  })),
  { name: 'MULTI of 10 GETs, 10 in flight', inFlight: 10, call: ({ transaction }) => transaction },
];

/** What one variant took in one round, per call. */
export interface Slice {
  readonly wallUs: number;
  readonly cpuUs: number;
  readonly latenciesUs: readonly number[];
}

/** What one variant took for one workload, per call; medians over the rounds. */
export interface Cost {
  readonly variant: string;
  readonly wallUs: number;
  readonly cpuUs: number;
  /** Throughput as a share of the client beneath, and CPU beyond what that takes. */
  readonly throughput?: number;
  readonly addedCpuUs?: number;
  /** 0 where there is more than one in flight. */
  readonly p50Us: number;
  readonly p99Us: number;
  /** The latency as a multiple of that of the client beneath. */
  readonly p50Ratio?: number;
  /** How far the middle half of the rounds spreads. */
  readonly p99SpreadUs: number;
}

/** What all variants took for one workload. */
export interface WorkloadCosts {
  readonly workload: string;
  readonly costs: readonly Cost[];
}

/** How long one variant is kept busy in one round. */
const SLICE_MS = 60;

/** Measures variants round by round, one after the other in each, so that ratios hold on a noisy machine. */
export async function measureHotPath(
  port: number,
  variants: readonly Variant[],
  workloads: readonly Workload[],
  rounds: number,
): Promise<WorkloadCosts[]> {
  const subjects = new Map<Variant, Subject>();
  for (const variant of variants) subjects.set(variant, await variant.open(port));
  const results: WorkloadCosts[] = [];
  for (const { name, inFlight, call } of workloads) {
    const lanes = [...subjects].flatMap(([variant, subject]) => {
      const one = call(subject);
      return one ? [{ variant, one, calls: 0, slices: [] as Slice[] }] : [];
    });
    for (const lane of lanes) lane.calls = await callsPerSlice(lane.one, inFlight);
    for (let round = 0; round < rounds; round++) {
      // Whoever comes next pays for garbage of the one before: every second round turns the order.
      for (const lane of round % 2 === 0 ? lanes : lanes.toReversed()) {
        lane.slices.push(await slice(lane.one, inFlight, lane.calls));
      }
    }
    results.push({ workload: name, costs: lanes.map((lane) => costOf(lane, lanes)) });
  }
  for (const subject of subjects.values()) await subject.close();
  return results;
}

/** Warms a variant up, and tells how many calls it settles in the time of a slice. */
export async function callsPerSlice(
  one: () => Promise<unknown>,
  inFlight: number,
): Promise<number> {
  const probe = Math.max(2_000, 4 * inFlight);
  for (let turn = 0; turn < 3; turn++) await slice(one, inFlight, probe);
  const { wallUs } = await slice(one, inFlight, probe);
  return Math.max(inFlight, Math.round((SLICE_MS * 1_000) / wallUs));
}

/** Keeps so many calls in flight until all are settled. */
export async function slice(
  one: () => Promise<unknown>,
  inFlight: number,
  calls: number,
): Promise<Slice> {
  const latenciesUs: number[] = [];
  let left = calls;
  const caller = async () => {
    while (left-- > 0) {
      // A clock that is read around each of many calls would be a good part of what is measured.
      if (inFlight > 1) {
        await one();
        continue;
      }
      const startedAt = performance.now();
      await one();
      latenciesUs.push((performance.now() - startedAt) * 1_000);
    }
  };
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: inFlight }, caller));
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wallUs: (wallMs * 1_000) / calls, cpuUs: (user + system) / calls, latenciesUs };
}

interface Lane {
  readonly variant: Variant;
  readonly slices: readonly Slice[];
}

function costOf({ variant, slices }: Lane, lanes: readonly Lane[]): Cost {
  const beneath = lanes.find((lane) => lane.variant.name === variant.base)?.slices;
  /** Compares each round with the same round of the client beneath. */
  const against = (compare: (own: Slice, base: Slice) => number) =>
    beneath && median(slices.map((own, round) => compare(own, beneath[round] ?? own)));
  const latencies = (share: number) =>
    slices.map(({ latenciesUs }) => (latenciesUs.length ? percentile(latenciesUs, share) : 0));
  const throughput = against((own, base) => base.wallUs / own.wallUs);
  const addedCpuUs = against((own, base) => own.cpuUs - base.cpuUs);
  const p50Ratio =
    latencies(0.5)[0] === 0
      ? undefined
      : against((own, base) => median(own.latenciesUs) / median(base.latenciesUs));
  return {
    variant: variant.name,
    wallUs: median(slices.map(({ wallUs }) => wallUs)),
    cpuUs: median(slices.map(({ cpuUs }) => cpuUs)),
    ...(throughput !== undefined && { throughput }),
    ...(addedCpuUs !== undefined && { addedCpuUs }),
    ...(p50Ratio !== undefined && { p50Ratio }),
    p50Us: median(latencies(0.5)),
    p99Us: median(latencies(0.99)),
    p99SpreadUs: spread(latencies(0.99)),
  };
}
