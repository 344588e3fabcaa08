import { metricError } from './errors.js';

/** What a counter's name ends in. */
export const COUNTER_UNIT = 'total';

/** What the name of a gauge or histogram ends in: its unit. `per_second` follows what is counted (`agent_steps_per_second`);
 *  `info` is a gauge of 1 whose labels say something. */
export const METRIC_UNITS = [
  'actors',
  'batches',
  'bytes',
  'connections',
  'handles',
  'info',
  'iterations',
  'jobs',
  'learners',
  'parts',
  'per_second',
  'ratio',
  'requests',
  'seconds',
  'shards',
  'slots',
  'steps',
  'tasks',
  'tensors',
  'versions',
] as const;

const NAME = /^[a-z][a-z0-9]*(_[a-z0-9]+)+$/;
const LABEL = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const MAX_NAME_LENGTH = 128;

/** Throws METRIC_NAME_INVALID unless the name is `lower_snake_case` and ends in a unit of its kind. */
export function assertMetricName(name: string, kind: 'counter' | 'gauge' | 'histogram'): void {
  if (!NAME.test(name) || name.length > MAX_NAME_LENGTH) {
    throw invalid(
      name,
      `use lower_snake_case of at most ${MAX_NAME_LENGTH} characters, what is measured first and its unit last`,
    );
  }
  const units: readonly string[] = kind === 'counter' ? [COUNTER_UNIT] : METRIC_UNITS;
  if (!units.some((unit) => name.endsWith(`_${unit}`))) {
    throw invalid(name, `the name of a ${kind} ends in its unit: ${units.map((unit) => `_${unit}`).join(', ')}`);
  }
}

/** Throws METRIC_NAME_INVALID for label names with wrong characters, twice the same, or `le`, which is a histogram's own. */
export function assertLabelNames(metric: string, names: readonly string[]): void {
  for (const [index, name] of names.entries()) {
    if (!LABEL.test(name)) throw invalid(name, `label names of ${metric} are lower_snake_case`);
    if (name === 'le')
      throw invalid(name, `${metric} cannot have it as a label, because the buckets of histograms have`);
    if (names.indexOf(name) !== index) throw invalid(name, `${metric} has this label twice`);
  }
}

function invalid(name: string, rule: string): Error {
  return metricError('METRIC_NAME_INVALID', `${JSON.stringify(name.slice(0, 80))} is not a valid name: ${rule}.`, {
    data: { name: name.slice(0, 80) },
  });
}
