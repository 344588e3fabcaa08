import { defineErrors } from '../base/index.js';

export const EXPERIENCE_ERRORS = {
  TRAJECTORY_CORRUPT: {
    meaning: 'The bytes of a trajectory batch do not have the layout that the job spec gives.',
    remedy:
      'Let the task be collected again; if it recurs, see that actors and learner run the same version of Marlin.',
    retryable: true,
  },
} as const;

export const experienceError = defineErrors(EXPERIENCE_ERRORS);
