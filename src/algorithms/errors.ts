import { defineErrors } from '../base/index.js';

export const ALGORITHM_ERRORS = {
  ALGORITHM_UNKNOWN: {
    meaning: 'The catalog has no algorithm of that name.',
    remedy: 'Use a name that `marlin algorithms` lists.',
  },
  ALGORITHM_DISTRIBUTION_UNSUITABLE: {
    meaning: 'A policy’s distribution is none that its algorithm can learn.',
    remedy: 'Leave distribution.kind at "auto", or choose a distribution that the message names.',
  },
  ALGORITHM_STATE_ABSENT: {
    meaning: 'An algorithm was told to learn from the environment’s global state, but the environment has none.',
    remedy: 'Change the option that the message names.',
  },
  ALGORITHM_POOL_UNFIT: {
    meaning: 'A pool of past opponents was made of a policy that is not there or is built otherwise.',
    remedy: 'Name another policy of the job in the option `of`, and give both the same network and distribution.',
  },
} as const;

export const algorithmError = defineErrors(ALGORITHM_ERRORS);
