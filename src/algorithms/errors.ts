import { defineErrors } from '../base/index.js';

export const ALGORITHM_ERRORS = {
  ALGORITHM_UNKNOWN: {
    meaning: 'The catalog has no algorithm of that name.',
    remedy: 'Use a name that `marlin algorithms` lists.',
  },
} as const;

export const algorithmError = defineErrors(ALGORITHM_ERRORS);
