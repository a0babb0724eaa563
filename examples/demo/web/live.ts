import { chartOf } from '../chart.ts';
import { faults } from '../faults.ts';
import type { Lane } from '../lane.ts';
import type { Stage } from '../stage.ts';

/** What became of all calls of a client so far. */
interface Counters {
  readonly client: string;
  readonly issued: number;
  readonly answered: number;
  readonly failed: number;
  readonly waiting: number;
}

/** What the page shows at a moment. */
export interface Live {
  readonly faults: readonly string[];
  readonly running: string | null;
  readonly circuit: string;
  readonly counters: readonly Counters[];
  readonly chart: unknown;
  readonly height: number;
}

/** Puts together what the page shows now. */
export function liveOf(stage: Stage): Live {
  const { option, height } = chartOf(stage.timeline());
  const wrapped = stage.lanes.find(({ client }) => client === 'wrapped');
  return {
    faults: faults.map(({ name }) => name),
    running: stage.running ?? null,
    circuit: wrapped?.circuit.state ?? 'closed',
    counters: stage.lanes.map(countersOf),
    chart: option,
    height,
  };
}

function countersOf({ client, subject }: Lane): Counters {
  const counters = { client, issued: 0, answered: 0, failed: 0, waiting: 0 };
  for (const { outcome } of subject.calls) {
    counters.issued++;
    if (outcome === 'ok') counters.answered++;
    else if (outcome === 'failed') counters.failed++;
    else counters.waiting++;
  }
  return counters;
}
