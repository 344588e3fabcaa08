import { defineErrors } from '../base/index.js';

export const METRIC_ERRORS = {
  METRIC_NAME_INVALID: {
    meaning: 'A metric or label name is not allowed: wrong characters, no unit at its end, or a reserved one.',
    remedy: 'Name it in lower_snake_case with its unit last (`_seconds`, `_bytes`, `_total`), as the message says.',
  },
  METRIC_EXISTS: {
    meaning: 'A metric of this name is registered already.',
    remedy: 'Register each metric once per registry and pass it on.',
  },
  METRIC_LABELS_INVALID: {
    meaning: 'The labels given are not the ones that the metric was declared with.',
    remedy: 'Give exactly the declared labels.',
  },
  METRIC_SERIES_EXCEEDED: {
    meaning: 'A metric has too many label combinations: a label with unbounded values fills the memory.',
    remedy: 'Label with few values only, or remove the series of what has ended.',
  },
  METRIC_VALUE_INVALID: {
    meaning: 'A counter was to go down, or an observation was not a number.',
    remedy: 'Count up only, and observe numbers only.',
  },
  METRIC_BUCKETS_INVALID: {
    meaning: 'The bounds of a histogram are not finite, ascending numbers.',
    remedy: 'Give at least one bound, each greater than the one before.',
  },
} as const;

export const metricError = defineErrors(METRIC_ERRORS);
