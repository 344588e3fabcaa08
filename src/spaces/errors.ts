import { defineErrors } from '../base/index.js';

export const SPACE_ERRORS = {
  SPACE_INVALID: {
    meaning:
      'An observation or action space is declared wrongly: a size below 1, crossing bounds, bounds of another length.',
    remedy: 'Correct the declaration at the place that the message names.',
  },
} as const;

export const spaceError = defineErrors(SPACE_ERRORS);
