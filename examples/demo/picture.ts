import { init } from 'echarts';
import { chartOf } from './chart.ts';
import { summaryOf } from './chart-texts.ts';
import { darkStyle } from './colours.ts';
import { chartWidth } from './layout.ts';
import type { Timeline } from './timeline.ts';

/** Draws a timeline as an SVG that is read on light and dark pages, and by those who cannot see it. */
export function pictureOf(timeline: Timeline): string {
  const { option, height } = chartOf(timeline);
  const options = { renderer: 'svg', ssr: true, width: chartWidth, height } as const;
  const chart = init(null, null, options);
  chart.setOption(option);
  const svg = chart.renderToSVGString();
  chart.dispose();
  const title = `node-redis ${timeline.major}, bare and wrapped, through ${timeline.faults.length} faults`;
  const said = [
    `Faults: ${timeline.faults.map(({ name }) => name).join('; ')}.`,
    ...timeline.lanes.map((lane) => `The ${lane.client} client: ${summaryOf(lane)}.`),
  ];
  const described =
    `<title id="title">${title}</title><desc id="desc">${said.join(' ')}</desc>` +
    `<style>${darkStyle()}</style>`;
  return svg.replace(
    /^<svg ([^>]*)>/,
    `<svg $1 role="img" aria-labelledby="title desc">${described}`,
  );
}
