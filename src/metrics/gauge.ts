import { LabelledInstrument, type MetricOptions, type WritableSeries } from './series.js';
import { writeSample } from './text.js';

export class GaugeSeries implements WritableSeries {
  #value = 0;

  get value(): number {
    return this.#value;
  }

  /** Any number; NaN says that it is not known now. Allocates nothing. */
  set(value: number): void {
    this.#value = value;
  }

  /** Adds `by`, which may be negative; default 1. Allocates nothing. */
  add(by = 1): void {
    this.#value += by;
  }

  write(lines: string[], name: string, labels: string): void {
    writeSample(lines, name, labels, this.#value);
  }
}

/** Something that goes up and down. Its name ends in its unit. */
export class Gauge extends LabelledInstrument<GaugeSeries> {
  readonly kind = 'gauge';

  constructor(options: MetricOptions) {
    super('gauge', options);
  }

  protected override makeSeries(): GaugeSeries {
    return new GaugeSeries();
  }
}
