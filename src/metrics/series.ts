import { metricError } from './errors.js';
import { assertLabelNames, assertMetricName } from './names.js';
import { formatLabels, writeHeading } from './text.js';

export type Labels = Readonly<Record<string, string>>;

export interface MetricOptions {
  /** In lower_snake_case, with its unit last. */
  readonly name: string;
  /** One sentence for people. */
  readonly help: string;
  /** Names of the labels; default none. */
  readonly labels?: readonly string[];
}

export type InstrumentKind = 'counter' | 'gauge' | 'histogram';

/** A metric that can write itself. */
export interface Instrument {
  readonly name: string;
  readonly kind: InstrumentKind;
  /** Appends its lines in the Prometheus text format. */
  write(lines: string[]): void;
}

/** A series that writes itself: `labels` is `name="value",…` without braces. */
export interface WritableSeries {
  write(lines: string[], name: string, labels: string): void;
}

/** Label combinations of one metric; a label whose values never end is a memory leak with a name. */
const MAX_SERIES = 10_000;

/** What the instruments have in common: one series per combination of label values, made when first asked for.
 *  Keep the series that `labels` returns: counting on it is one addition, finding it again is a look-up and a string. */
export abstract class LabelledInstrument<Series extends WritableSeries> implements Instrument {
  abstract readonly kind: InstrumentKind;
  readonly name: string;
  readonly #help: string;
  readonly #labelNames: readonly string[];
  readonly #series = new Map<string, Series>();

  constructor(kind: InstrumentKind, options: MetricOptions) {
    const { name, help, labels = [] } = options;
    assertMetricName(name, kind);
    assertLabelNames(name, labels);
    this.name = name;
    this.#help = help;
    this.#labelNames = [...labels];
  }

  /** The series of these label values; without labels, the only one. Throws METRIC_LABELS_INVALID, METRIC_SERIES_EXCEEDED. */
  labels(values: Labels = {}): Series {
    const key = this.#key(values);
    let series = this.#series.get(key);
    if (series === undefined) {
      if (this.#series.size >= MAX_SERIES) {
        throw metricError(
          'METRIC_SERIES_EXCEEDED',
          `${this.name} has ${MAX_SERIES} label combinations already: use labels with few values, or remove series that ended.`,
          { data: { name: this.name, limit: MAX_SERIES } },
        );
      }
      series = this.makeSeries();
      this.#series.set(key, series);
    }
    return series;
  }

  /** Forgets a series, of a job that ended, say. Who still holds it counts in vain. */
  remove(values: Labels): void {
    this.#series.delete(this.#key(values));
  }

  write(lines: string[]): void {
    writeHeading(lines, this.name, this.#help, this.kind);
    // A metric without labels shows its zero before anything was counted: a rate over it then has a beginning.
    if (this.#labelNames.length === 0) this.labels();
    for (const [labels, series] of this.#series) series.write(lines, this.name, labels);
  }

  protected abstract makeSeries(): Series;

  #key(values: Labels): string {
    const given = Object.keys(values);
    if (given.length !== this.#labelNames.length || !this.#labelNames.every((name) => Object.hasOwn(values, name))) {
      throw metricError(
        'METRIC_LABELS_INVALID',
        `${this.name} has the labels [${this.#labelNames.join(', ')}] and was given [${given.join(', ')}]: give exactly those.`,
        { data: { name: this.name, labels: this.#labelNames, given } },
      );
    }
    return formatLabels(this.#labelNames, values);
  }
}
