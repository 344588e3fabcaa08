import type { JobSeries } from '../../../client/index.js';

/** How a job goes, in few numbers. */
export interface Curve {
  /** Mean over agents of the return, by iteration. */
  readonly values: readonly number[];
  readonly last: number | null;
  /** Of the newest number. */
  readonly iteration: number | null;
}

/** What is read of a job for its curve: what it earns while it trains and, for episodes that rarely end, when it is evaluated. */
export const CURVE_NAMES: readonly string[] = ['return', 'evaluation.return'];
export const CURVE_POINTS = 60;

/** The first of the series that has two points, averaged over agents. Agents' points are thinned out each by itself, so they are
 *  brought together by their place in the curve. */
export function curveOf({ series }: Pick<JobSeries, 'series'>): Curve {
  const iterations = series.flatMap(({ x }) => x.at(-1) ?? []);
  const iteration = iterations.length === 0 ? null : Math.max(...iterations);
  for (const name of CURVE_NAMES) {
    const lines = series.filter((line) => line.name === name && line.y.length > 0);
    const length = Math.max(0, ...lines.map(({ y }) => y.length));
    if (length < 2) continue;
    const values = Array.from({ length }, (_, i) => {
      const points = lines.map(({ y }) => y[Math.round((i * (y.length - 1)) / (length - 1))]!);
      return points.reduce((sum, point) => sum + point, 0) / points.length;
    });
    return { values, last: values.at(-1)!, iteration };
  }
  return { values: [], last: null, iteration };
}
