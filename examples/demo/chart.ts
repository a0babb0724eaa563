import type { EChartsOption } from 'echarts';
import { chartTexts } from './chart-texts.ts';
import { colours } from './colours.ts';
import { footHeight, head, layLane, margins } from './layout.ts';
import type { LaneLayout } from './layout.ts';
import { Stripes } from './stripes.ts';
import type { Mark, Point } from './stripes.ts';
import { bucketMs, duePerBucket } from './timeline.ts';
import type { Bucket, LaneTimeline, Timeline } from './timeline.ts';

/** Where the calls that ended are cut off: when a server is back, hundreds may end at once. */
const mostEnded = 2 * duePerBucket;
const leastScale = { waiting: 100, longestS: 1 };
const circuitLooks = {
  closed: { colour: colours.rule, textColour: colours.ink },
  'half-open': { colour: colours.faint, textColour: colours.surface },
  open: { colour: colours.ink, textColour: colours.surface },
} as const;
const shortestNamedS = 1;

/** How high the values of both clients go. */
interface Scales {
  readonly waiting: number;
  readonly longestS: number;
}

/** A chart and how high it is. */
export interface Chart {
  readonly option: EChartsOption;
  readonly height: number;
}

/** Draws a timeline for ECharts, the two clients below one another on the same scales. */
export function chartOf(timeline: Timeline): Chart {
  const lanes: { readonly lane: LaneTimeline; readonly layout: LaneLayout }[] = [];
  let end: number = head.end;
  for (const lane of timeline.lanes) {
    const layout = layLane(end, lane.client === 'wrapped');
    lanes.push({ lane, layout });
    end = layout.end;
  }
  const stripes = new Stripes(timeline.from, timeline.until);
  const bands = timeline.faults.map((fault) => ({
    ...fault,
    ...{ colour: colours.band, textColour: colours.ink },
  }));
  const backdrop = { top: head.faults, height: end - head.faults };
  stripes.marks(backdrop, bands, { hasSeconds: true, labels: 'insideTop' });
  const scales = scalesOf(timeline.lanes.flatMap(({ buckets }) => buckets));
  for (const { lane, layout } of lanes) drawLane(stripes, lane, layout, scales, timeline.from);
  const option = {
    backgroundColor: colours.surface,
    // Without quotes: ECharts writes it into an attribute as it is.
    textStyle: { fontFamily: 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif' },
    animation: false,
    color: [colours.surface],
    title: chartTexts(timeline.major, lanes),
    legend: {
      ...{ left: margins.left - 5, top: head.legend, icon: 'rect', selectedMode: false },
      ...{ itemWidth: 14, itemHeight: 10, itemGap: 18 },
      data: ['answered', 'failed', 'waiting', 'longest wait'],
      textStyle: { fontSize: 13, color: colours.ink },
    },
    ...stripes.option,
  };
  return { option, height: end + footHeight };
}

function scalesOf(buckets: readonly Bucket[]): Scales {
  const most = (least: number, value: (bucket: Bucket) => number) =>
    roundUp(buckets.reduce((highest, bucket) => Math.max(highest, value(bucket)), least));
  return {
    waiting: most(leastScale.waiting, ({ waiting }) => waiting),
    longestS: most(leastScale.longestS, ({ longestMs }) => longestMs / 1_000),
  };
}

function drawLane(
  stripes: Stripes,
  { buckets, circuit }: LaneTimeline,
  layout: LaneLayout,
  scales: Scales,
  from: number,
): void {
  const points = (value: (bucket: Bucket) => number) =>
    buckets.map((bucket, index): Point => [from + (index * bucketMs) / 1_000, value(bucket)]);
  const ended = points(({ answered, failed }) => answered + failed);
  // A bar that is cut off keeps its proportions.
  const answered = points(({ answered, failed }) => {
    return answered * Math.min(1, mostEnded / (answered + failed || 1));
  });
  if (layout.circuit) {
    const marks = circuit.map((span): Mark => {
      const name = span.until - span.from < shortestNamedS ? '' : span.name;
      return { ...span, ...circuitLooks[span.name], name };
    });
    stripes.marks(layout.circuit, marks);
  }
  stripes.scale(layout.ended, mostEnded);
  // The answered ones are drawn over all, so that what is seen of all are the failed ones.
  stripes.area('failed', colours.failed, ended, mostEnded);
  stripes.area('answered', colours.answered, answered);
  stripes.beyond(ended, mostEnded);
  stripes.scale(layout.waiting, scales.waiting);
  stripes.area(
    'waiting',
    colours.waiting,
    points(({ waiting }) => waiting),
  );
  stripes.scale(layout.longest, scales.longestS, ' s');
  stripes.area(
    'longest wait',
    colours.longest,
    points(({ longestMs }) => Math.round(longestMs) / 1_000),
  );
}

/** The next number whose first digit counts in halves. */
function roundUp(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(value)) / 2;
  return Math.ceil(value / unit) * unit;
}
