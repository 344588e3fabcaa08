import { availableParallelism } from 'node:os';
import { COMMON_SETTINGS, defineSettings, STORAGE_SETTINGS } from '../process/index.js';

/** What a learner process can be told. */
export const learnerSettings = defineSettings({
  ...COMMON_SETTINGS,
  ...STORAGE_SETTINGS,
  LEARNER_SLOTS: {
    type: 'integer',
    minimum: 1,
    maximum: 64,
    default: 1,
    flag: 'slots',
    description:
      'Jobs that are trained at a time. They share the threads, so more of them start sooner and take longer.',
  },
  LEARNER_THREADS: {
    type: 'integer',
    minimum: 1,
    maximum: 256,
    default: { value: availableParallelism, text: 'one per core' },
    flag: 'threads',
    description:
      'Threads that compute updates. A job uses at most one per policy; their number changes no bit of the result.',
  },
  LEARNER_PARTS: {
    type: 'integer',
    minimum: 0,
    maximum: 64,
    default: 1,
    flag: 'parts',
    description:
      'Parts of other learners’ jobs that are updated at a time while a slot is free, of jobs whose spec lets several learners share them.',
  },
  LEARNER_RECOVER: {
    type: 'boolean',
    default: false,
    flag: 'recover',
    description:
      'Whether unfinished jobs that are in CHECKPOINT_DIR and unknown to Redis are created again. For after a loss of all data: a job whose record was removed on purpose would come back too.',
  },
});
