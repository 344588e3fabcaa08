import { downsample } from './downsample.js';

export type Values = readonly (number | null)[];

/** One line of a chart. */
export interface Series {
  readonly label: string;
  readonly values: Values;
  /** Place in the palette; absent is by order. */
  readonly color?: number;
  /** `reference` is drawn apart: dashed and in the color of text. */
  readonly role?: 'reference' | 'low' | 'high';
}

export interface Chart {
  readonly title: string;
  /** What it shows and how to read it. */
  readonly note?: string;
  readonly xLabel: string;
  readonly x: readonly number[];
  readonly series: readonly Series[];
  /** Shown range of y, where charts are to be compared. */
  readonly range?: readonly [number, number];
  /** Lines are broken where they have no value; absent, they go on to the next. */
  readonly gaps?: boolean;
  /** A thin panel in the same picture: its x is the same, and lines of the same label are shown and hidden together. */
  readonly below?: Chart;
}

const SERIES_SHOWN = 12;
const MOST_POINTS = 2000;

/** One series per member (agent or policy); of more than twelve, their mean within the band from least to greatest, and the
 *  first twelve. */
export function memberSeries(members: ReadonlyMap<string, Values>): Series[] {
  const all = [...members].map(([label, values], color) => ({ label, values, color }));
  if (all.length <= SERIES_SHOWN) return all;
  const length = Math.max(...all.map(({ values }) => values.length));
  const across = (combine: (present: readonly number[]) => number): Values =>
    Array.from({ length }, (_, i) => {
      const present = all.flatMap(({ values }) => values[i] ?? []);
      return present.length === 0 ? null : combine(present);
    });
  return [
    { label: 'lowest', values: across((present) => present.reduce((a, b) => Math.min(a, b))), role: 'low' },
    { label: 'highest', values: across((present) => present.reduce((a, b) => Math.max(a, b))), role: 'high' },
    {
      label: `mean of ${all.length}`,
      values: across((present) => present.reduce((a, b) => a + b, 0) / present.length),
      role: 'reference',
    },
    ...all.slice(0, SERIES_SHOWN),
  ];
}

/** The chart with no more points than can be told apart, and what is below it. Undefined where there is nothing to draw. */
export function fitChart(chart: Chart): Chart | undefined {
  const series = chart.series.filter(({ values }) => values.some((value) => value !== null));
  if (chart.x.length === 0 || series.length === 0) return undefined;
  const { x, columns } = downsample(
    chart.x,
    series.map(({ values }) => values),
    MOST_POINTS,
  );
  const { below: _, ...own } = chart;
  const below = chart.below === undefined ? undefined : fitChart(chart.below);
  return {
    ...own,
    x,
    series: series.map((line, j) => ({ ...line, values: columns[j]! })),
    ...(below === undefined ? {} : { below }),
  };
}
