import { Counter } from './counter.js';
import { metricError } from './errors.js';
import { Gauge } from './gauge.js';
import { Histogram } from './histogram.js';
import type { Instrument, MetricOptions } from './series.js';

/** The metrics of one process. */
export class MetricRegistry {
  readonly #instruments = new Map<string, Instrument>();

  /** Throws METRIC_NAME_INVALID, METRIC_EXISTS. */
  counter(options: MetricOptions): Counter {
    return this.#register(new Counter(options));
  }

  /** Throws METRIC_NAME_INVALID, METRIC_EXISTS. */
  gauge(options: MetricOptions): Gauge {
    return this.#register(new Gauge(options));
  }

  /** Throws METRIC_NAME_INVALID, METRIC_EXISTS, METRIC_BUCKETS_INVALID. */
  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): Histogram {
    return this.#register(new Histogram(options));
  }

  /** All metrics in the Prometheus text format 0.0.4, in the order of their registration. */
  text(): string {
    const lines: string[] = [];
    for (const instrument of this.#instruments.values()) instrument.write(lines);
    return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
  }

  #register<I extends Instrument>(instrument: I): I {
    if (this.#instruments.has(instrument.name)) {
      throw metricError('METRIC_EXISTS', `${instrument.name} is registered already: register it once and pass it on.`, {
        data: { name: instrument.name },
      });
    }
    this.#instruments.set(instrument.name, instrument);
    return instrument;
  }
}
