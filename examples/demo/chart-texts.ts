import type { TitleComponentOption } from 'echarts';
import { colours } from './colours.ts';
import { ratePerSecond } from './lane.ts';
import { captionHeight, chartWidth, head, margins } from './layout.ts';
import type { LaneLayout } from './layout.ts';
import { bucketMs, duePerBucket } from './timeline.ts';
import type { LaneTimeline } from './timeline.ts';

const headings = { bare: 'Bare client', wrapped: 'The same client, wrapped' } as const;
const explanation = [
  `Both are given ${ratePerSecond} calls per second, whatever happens; each has a server of its own. Shaded: a fault is there.`,
  'Where Redis is away, callers of the bare client wait, some for ever; those of the wrapped one are told within 1.5 s.',
].join('\n');
const whole = new Intl.NumberFormat('en-US');

/** All texts of a chart that belong to no axis. */
export function chartTexts(
  major: number,
  lanes: readonly { readonly lane: LaneTimeline; readonly layout: LaneLayout }[],
): TitleComponentOption[] {
  return [
    text(`What callers see of an outage: node-redis ${major}, bare and wrapped`, head.title, {
      ...{ fontSize: 20, fontWeight: 'bold', color: colours.ink },
    }),
    text(explanation, head.explanation, { fontSize: 13, lineHeight: 18 }),
    ...lanes.flatMap(({ lane, layout }) => laneTexts(lane, layout)),
  ];
}

/** Says in one line what became of a client's calls. */
export function summaryOf({ buckets }: LaneTimeline): string {
  const sum = (values: readonly number[]) => whole.format(values.reduce((a, b) => a + b, 0));
  const wrong = buckets.reduce((total, bucket) => total + bucket.wrong, 0);
  const longestMs = buckets.reduce((longest, bucket) => Math.max(longest, bucket.longestMs), 0);
  return [
    `${sum(buckets.map(({ answered }) => answered))} answered${wrong > 0 ? ` (${wrong} wrongly)` : ''}`,
    `${sum(buckets.map(({ failed }) => failed))} failed`,
    `${whole.format(buckets.at(-1)?.waiting ?? 0)} still waiting`,
    `longest wait ${(longestMs / 1_000).toFixed(1)} s`,
  ].join(', ');
}

function laneTexts(lane: LaneTimeline, layout: LaneLayout): TitleComponentOption[] {
  const caption = (of: string, { top }: { top: number }) =>
    text(of, top - captionHeight + 3, { fontSize: 12 });
  const heading = { fontSize: 15, fontWeight: 'bold', color: colours.ink } as const;
  return [
    text(headings[lane.client], layout.heading, heading),
    {
      ...text(summaryOf(lane), layout.heading + 1, { fontSize: 13 }),
      left: chartWidth - margins.right,
      textAlign: 'right',
    },
    ...(layout.circuit
      ? [{ ...text('circuit', layout.circuit.top + 2, { fontSize: 12 }), left: 8 }]
      : []),
    caption(`calls that ended per ${bucketMs / 1_000} s (${duePerBucket} are made)`, layout.ended),
    caption('callers waiting', layout.waiting),
    caption('the longest of their waits', layout.longest),
  ];
}

function text(
  of: string,
  top: number,
  style: NonNullable<TitleComponentOption['textStyle']>,
): TitleComponentOption {
  const look = { fontWeight: 'normal', color: colours.faint, ...style } as const;
  return { text: of, top, left: margins.left, padding: 0, textStyle: look };
}
