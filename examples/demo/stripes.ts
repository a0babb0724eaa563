import type { EChartsOption } from 'echarts';
import { colours } from './colours.ts';
import { margins } from './layout.ts';
import type { Stripe } from './layout.ts';
import type { Span } from './timeline.ts';

/** How many times a stripe's height a value has that is written at its top. */
const farBeyond = 1.5;
/** How far apart such values are. */
const closeS = 1;
/** What such a value takes of a stripe's width, 0 to 1. */
const labelWidth = 0.05;

/** A point of a line: seconds, and a height. */
export type Point = readonly [seconds: number, value: number];

/** A part of a stripe that is marked, and how. */
export interface Mark extends Span {
  readonly colour: string;
  readonly textColour: string;
}

/** What the chart is made of; each stripe is a grid with axes of its own, all over the same seconds. */
export class Stripes {
  readonly #grid: object[] = [];
  readonly #xAxis: object[] = [];
  readonly #yAxis: object[] = [];
  readonly #series: object[] = [];
  readonly #from: number;
  readonly #until: number;

  constructor(from: number, until: number) {
    this.#from = from;
    this.#until = until;
  }

  get option(): Pick<EChartsOption, 'grid' | 'xAxis' | 'yAxis' | 'series'> {
    return {
      grid: this.#grid,
      xAxis: this.#xAxis,
      yAxis: this.#yAxis,
      series: this.#series,
    };
  }

  /** Adds a stripe without a scale, with marks over its whole height. */
  marks(
    stripe: Stripe,
    marks: readonly Mark[],
    { hasSeconds = false, labels = 'inside' } = {},
  ): void {
    this.#add(stripe, { show: false, min: 0, max: 1 }, hasSeconds);
    const data = marks.map(({ name, from, until, colour, textColour }) => [
      {
        name,
        xAxis: from,
        itemStyle: { color: colour },
        label: { color: textColour, position: labels },
      },
      { xAxis: until },
    ]);
    const label = { fontSize: 12, distance: 4 };
    this.#line('', [], { markArea: { silent: true, animation: false, label, data } });
  }

  /** Adds a stripe with a scale that begins at 0. */
  scale(stripe: Stripe, max: number, unit = ''): void {
    const text = { fontSize: 11, color: colours.faint };
    this.#add(
      stripe,
      {
        ...{ type: 'value', min: 0, max, interval: max },
        axisLine: { show: false },
        axisTick: { show: false },
        axisLabel: { ...text, formatter: `{value}${unit}` },
        splitLine: { lineStyle: { color: colours.rule, width: 1 } },
      },
      false,
    );
  }

  /** Fills the newest stripe below a line, at most up to a value; each point holds until the next one. */
  area(name: string, colour: string, points: readonly Point[], max = Infinity): void {
    const data = points.map(([at, value]): Point => [at, Math.min(value, max)]);
    this.#line(name, withoutRepeats(data), {
      itemStyle: { color: colour },
      lineStyle: { color: colour, width: 1 },
      areaStyle: { color: colour, opacity: 1 },
    });
  }

  /** Writes values that go far beyond the newest stripe at its top, of those close together the highest. */
  beyond(points: readonly Point[], max: number): void {
    const peaks = points.filter(
      ([at, value], index) =>
        value > max * farBeyond &&
        points.every(
          ([place, rival], other) =>
            Math.abs(place - at) > closeS || rival < value || (rival === value && other >= index),
        ),
    );
    const label = {
      fontSize: 11,
      color: colours.ink,
      formatter: '▲ {c}',
      distance: 3,
      offset: [0, 6],
    };
    const roomyUntil = this.#until - (this.#until - this.#from) * labelWidth;
    this.#line('', [], {
      markPoint: {
        ...{ silent: true, animation: false, symbolSize: 0.01 },
        data: peaks.map(([at, value]) => ({
          coord: [at, max],
          value,
          label: { ...label, position: at < roomyUntil ? 'right' : 'left' },
        })),
      },
    });
  }

  #add({ top, height }: Stripe, yAxis: object, seconds: boolean): void {
    const gridIndex = this.#grid.length;
    this.#grid.push({ ...margins, top, height });
    this.#xAxis.push({
      ...{ gridIndex, type: 'value', min: this.#from, max: this.#until, show: seconds },
      splitLine: { show: false },
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: {
        ...{ fontSize: 12, color: colours.faint },
        ...{ formatter: '{value} s', showMinLabel: null, hideOverlap: true },
      },
    });
    this.#yAxis.push({ gridIndex, ...yAxis });
  }

  #line(name: string, data: readonly Point[], look: object): void {
    const axis = this.#grid.length - 1;
    this.#series.push({
      ...{ type: 'line', name, data, step: 'end', symbol: 'none', silent: true, animation: false },
      ...{ xAxisIndex: axis, yAxisIndex: axis, ...look },
    });
  }
}

/** Leaves the points out that say the same as the one before, but the last. */
function withoutRepeats(points: readonly Point[]): Point[] {
  return points.filter(
    ([, value], index) => value !== points[index - 1]?.[1] || index === points.length - 1,
  );
}
