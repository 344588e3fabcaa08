import { metricError } from './errors.js';
import { LabelledInstrument, type MetricOptions, type WritableSeries } from './series.js';
import { writeSample } from './text.js';

export class CounterSeries implements WritableSeries {
  #value = 0;

  get value(): number {
    return this.#value;
  }

  /** Adds `by` ≥ 0; default 1. Allocates nothing. Throws METRIC_VALUE_INVALID. */
  increment(by = 1): void {
    if (!(by >= 0)) {
      throw metricError(
        'METRIC_VALUE_INVALID',
        `A counter was to be raised by ${by}: counters only go up; use a gauge.`,
        {
          data: { by },
        },
      );
    }
    this.#value += by;
  }

  write(lines: string[], name: string, labels: string): void {
    writeSample(lines, name, labels, this.#value);
  }
}

/** Something that only goes up. Its name ends in `_total`. */
export class Counter extends LabelledInstrument<CounterSeries> {
  readonly kind = 'counter';

  constructor(options: MetricOptions) {
    super('counter', options);
  }

  protected override makeSeries(): CounterSeries {
    return new CounterSeries();
  }
}
