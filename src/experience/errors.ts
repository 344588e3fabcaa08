import { defineErrors } from '../base/index.js';

export const EXPERIENCE_ERRORS = {
  TRAJECTORY_CORRUPT: {
    meaning: 'The bytes of a trajectory batch do not have the layout that the job spec gives.',
    remedy:
      'Let the task be collected again; if it recurs, see that actors and learner run the same version of Marlin.',
    retryable: true,
  },
  REPLAY_CORRUPT: {
    meaning:
      'The bytes of a replay, in memory or in a checkpoint, are not those of the replay that the job spec gives.',
    remedy:
      'Resume from an earlier checkpoint; if it recurs, see that the job spec and the version of Marlin are the same.',
  },
  REPLAY_EMPTY: {
    meaning: 'A replay was asked for transitions before any was inserted.',
    remedy: 'Correct the algorithm: it draws only once there is something to draw.',
  },
  REPLAY_FIELD_UNKNOWN: {
    meaning: 'A replay was asked for something that its spec does not name: a field, or priorities.',
    remedy: 'Correct the algorithm: what it reads has to be in the replay spec that it gives.',
  },
  REPLAY_PRIORITY_INVALID: {
    meaning: 'A transition was given a priority that is not positive and finite.',
    remedy: 'Training diverged, most often: lower the learning rate, or bound the rewards.',
  },
} as const;

export const experienceError = defineErrors(EXPERIENCE_ERRORS);
