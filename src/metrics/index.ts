/** Instruments that a process counts with, and their Prometheus text; TensorBoard's event files. A registry is made per process and
 *  passed to whoever counts; there is none in a module. Serves nothing over a network. Imports base only. */
export { Counter, type CounterSeries } from './counter.js';
export { METRIC_ERRORS } from './errors.js';
export { Gauge, type GaugeSeries } from './gauge.js';
export { DEFAULT_SECONDS_BUCKETS, exponentialBuckets, Histogram, type HistogramSeries } from './histogram.js';
export { COUNTER_UNIT, METRIC_UNITS } from './names.js';
export { MetricRegistry } from './registry.js';
export type { Instrument, Labels, MetricOptions } from './series.js';
export type { SummaryEvent, SummaryValue } from './tensorboard/event.js';
export { EventFiles, type EventFilesModules, type EventFilesOptions } from './tensorboard/event-files.js';
export { type HistogramSummary, type HistogramValues, summarizeHistogram } from './tensorboard/histogram-summary.js';
export { PROMETHEUS_CONTENT_TYPE } from './text.js';
