import { BARS } from './bars.ts';
import type { WorkloadCosts } from './hot-path.ts';
import type { Outage } from './outage.ts';
import type { Results } from './results.ts';
import type { Storm } from './storm.ts';
import type { TelemetryCost } from './telemetry.ts';

/** A table as it is printed and as the README shows it. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Everything that a run found. */
export function tablesOf(results: Results): Table[] {
  const { hotPath, telemetry, cluster, storms, outages, refusals, recovery, growth } = results;
  return [
    ...hotPath.map(costTable),
    telemetryTable(telemetry),
    ...cluster.map((found) => ({ ...costTable(found), title: `${found.workload}, cluster` })),
    stormTable(storms),
    outageTable(outages),
    {
      title: 'Other figures',
      head: ['what', 'found'],
      rows: [
        ['refusals by an open circuit', `${thousands(refusals.perSecond)}/s`],
        ['back after a restart, median', `${recovery.medianMs.toFixed(0)} ms`],
        ['back after a restart, longest', `${recovery.maxMs.toFixed(0)} ms`],
        ['memory per waiting command', `${growth.bytesPerWaiting.toFixed(0)} bytes`],
        ['the same, bare redis 4', `${growth.bytesPerWaitingBare.toFixed(0)} bytes`],
        ['memory per command in flight', `${growth.bytesPerInFlight.toFixed(0)} bytes`],
        ['memory per idle client', `${thousands(growth.heapPerClient)} bytes`],
        ['the same, bare redis 4', `${thousands(growth.heapPerClientBare)} bytes`],
        ...growth.perClients.map(({ clients, cpuUs }) => [
          `CPU per GET over ${clients} clients`,
          `${cpuUs.toFixed(2)} µs`,
        ]),
        ...growth.perViews.map(({ views, cpuUs }) => [
          `CPU per GET over ${views} views`,
          `${cpuUs.toFixed(2)} µs`,
        ]),
        ...growth.perListeners.map(({ listeners, cpuUs }) => [
          `CPU per GET with ${listeners} listeners`,
          `${cpuUs.toFixed(2)} µs`,
        ]),
      ],
    },
    barTable(results),
  ];
}

/** What one workload cost. */
export function costTable({ workload, costs }: WorkloadCosts): Table {
  const hasLatency = costs.some(({ p50Us }) => p50Us > 0);
  return {
    title: workload,
    head: [
      ...['variant', 'µs/call', 'CPU µs/call', 'throughput, bare = 1', 'CPU added, µs'],
      ...(hasLatency ? ['p50 µs', 'p99 µs'] : []),
    ],
    rows: costs.map(({ variant, wallUs, cpuUs, throughput, addedCpuUs, p50Us, p99Us }) => [
      variant,
      wallUs.toFixed(2),
      cpuUs.toFixed(2),
      throughput?.toFixed(2) ?? '',
      addedCpuUs?.toFixed(2) ?? '',
      ...(hasLatency ? [p50Us.toFixed(1), p99Us.toFixed(1)] : []),
    ]),
  };
}

/** What metrics and traces cost. */
export function telemetryTable(costs: readonly TelemetryCost[]): Table {
  return {
    title: 'GET on wrapped redis 4, 100 in flight, in the trace of a request',
    head: ['watched by', 'trace sampled', 'CPU µs/call', 'CPU added, µs'],
    rows: costs.map(({ by, isSampled, cpuUs, addedCpuUs }) => [
      by,
      isSampled ? 'yes' : 'no',
      cpuUs.toFixed(2),
      by === 'nothing' ? '' : addedCpuUs.toFixed(2),
    ]),
  };
}

/** How long processes were blocked by calls that failed at once. */
export function stormTable(storms: readonly Storm[]): Table {
  const counts = [...new Set(storms.map(({ failing }) => failing))];
  const variants = [...new Set(storms.map(({ variant }) => variant))];
  return {
    title: 'Longest block of the event loop, calls failing at once after a busy second',
    head: ['variant', ...counts.map((failing) => `${thousands(failing)} calls`)],
    rows: variants.map((variant) => [
      variant,
      ...counts.map((failing) => {
        const found = storms.find((one) => one.variant === variant && one.failing === failing);
        return found ? block(found.longestBlockMs) : '';
      }),
    ]),
  };
}

/** What an outage under load did. */
export function outageTable(outages: readonly Outage[]): Table {
  return {
    title: 'Server killed for 1.5 s under an open loop of GETs',
    head: [
      ...['variant', 'calls/s', 'longest block', 'longest call', 'back after', 'never settled'],
      ...['peak heap', 'log lines'],
    ],
    rows: outages.map(({ variant, ratePerSecond, seen }) => [
      variant,
      thousands(ratePerSecond),
      block(seen?.longestBlockMs),
      ...(seen
        ? [
            `${seen.longestCallMs.toFixed(0)} ms`,
            seen.backMs === undefined ? 'not within 2.5 s' : `${seen.backMs.toFixed(0)} ms`,
            String(seen.pending),
            `${seen.peakHeapMb.toFixed(0)} MB`,
            thousands(seen.logLines),
          ]
        : ['', '', '', '', '']),
    ]),
  };
}

/** Each bar beside what was found. */
export function barTable(results: Results): Table {
  return {
    title: 'What has to hold',
    head: ['what', 'bar', 'goal', 'found'],
    rows: BARS.flatMap(({ what, unit, bar, goal, better, of }) => {
      const found = of(results);
      if (found === undefined) return [];
      const sign = better === 'lower' ? '≤' : '≥';
      const shown = (value: number) =>
        [thousands(value), unit].filter((part) => part !== '').join(unit === '/s' ? '' : ' ');
      return [[what, `${sign} ${shown(bar)}`, `${sign} ${shown(goal)}`, shown(found)]];
    }),
  };
}

const block = (ms: number | undefined): string =>
  ms === undefined ? 'over 20 s' : ms === 0 ? 'under 5 ms' : `${ms.toFixed(0)} ms`;

/** Few digits where more would be noise. */
function thousands(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}

/** A table in columns, for a terminal. */
export function inColumns({ title, head, rows }: Table): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) =>
    Math.max(...lines.map((cells) => (cells[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [title, ...lines.map(line), ''].join('\n');
}
