import { metricError } from './errors.js';
import { LabelledInstrument, type MetricOptions, type WritableSeries } from './series.js';
import { formatNumber, writeSample } from './text.js';

/** From a millisecond to a minute, for things that take time. */
export const DEFAULT_SECONDS_BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/** `count` bounds: start, start · factor, start · factor², … Throws METRIC_BUCKETS_INVALID where they do not ascend. */
export function exponentialBuckets(start: number, factor: number, count: number): readonly number[] {
  const bounds: number[] = [];
  for (let bound = start; bounds.length < count; bound *= factor) bounds.push(bound);
  return assertBuckets('exponentialBuckets', bounds);
}

export class HistogramSeries implements WritableSeries {
  readonly #bounds: Float64Array;
  readonly #counts: Float64Array;
  #sum = 0;

  /** `bounds` ascend; observations above the last one fall into `+Inf`. */
  constructor(bounds: Float64Array) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /** Counts a number into the first bucket whose bound is at least it. Allocates nothing. Throws METRIC_VALUE_INVALID. */
  observe(value: number): void {
    if (Number.isNaN(value)) {
      throw metricError('METRIC_VALUE_INVALID', 'A histogram was to observe NaN: observe numbers only.');
    }
    let bucket = 0;
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] as number)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#sum += value;
  }

  get sum(): number {
    return this.#sum;
  }

  get count(): number {
    return this.#counts.reduce((total, count) => total + count, 0);
  }

  write(lines: string[], name: string, labels: string): void {
    const prefix = labels === '' ? '' : `${labels},`;
    let cumulative = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      cumulative += count;
      const bound = formatNumber(this.#bounds[bucket] ?? Number.POSITIVE_INFINITY);
      writeSample(lines, `${name}_bucket`, `${prefix}le="${bound}"`, cumulative);
    }
    writeSample(lines, `${name}_sum`, labels, this.#sum);
    writeSample(lines, `${name}_count`, labels, cumulative);
  }
}

/** How observations are distributed. Its name ends in their unit. Throws METRIC_BUCKETS_INVALID. */
export class Histogram extends LabelledInstrument<HistogramSeries> {
  readonly kind = 'histogram';
  readonly #bounds: Float64Array;

  /** `buckets`: upper bounds, inclusive, ascending; `+Inf` is added. */
  constructor(options: MetricOptions & { readonly buckets: readonly number[] }) {
    super('histogram', options);
    this.#bounds = Float64Array.from(assertBuckets(options.name, options.buckets));
  }

  protected override makeSeries(): HistogramSeries {
    return new HistogramSeries(this.#bounds);
  }
}

function assertBuckets(name: string, bounds: readonly number[]): readonly number[] {
  const wrong = bounds.findIndex(
    (bound, i) => !Number.isFinite(bound) || (i > 0 && bound <= (bounds[i - 1] as number)),
  );
  if (bounds.length > 0 && wrong === -1) return bounds;
  throw metricError(
    'METRIC_BUCKETS_INVALID',
    bounds.length === 0
      ? `${name} has no bucket bounds: give at least one.`
      : `${name} has the bucket bound ${bounds[wrong]} at position ${wrong}: bounds are finite and ascend.`,
    { data: { name, bounds } },
  );
}
