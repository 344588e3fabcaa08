import { defineErrors } from '../base/index.js';

export const ENV_ERRORS = {
  ENV_UNKNOWN: {
    meaning: 'No environment has this id.',
    remedy: 'Use an id that `marlin envs` lists, or name the module that defines it.',
  },
  ENV_MODULE_INVALID: {
    meaning: 'A module of environments cannot be loaded or exports none.',
    remedy: 'Export `environment` or `environments` from the module; the message has the cause.',
  },
  ENV_OPTIONS_INVALID: {
    meaning: 'The options of an environment do not fit its schema, or do not fit together.',
    remedy: 'Correct the option that the message names.',
  },
  ENV_DEFINITION_INVALID: {
    meaning: 'An environment is declared wrongly: its id, agents, spaces, state, reward heads or options.',
    remedy: 'Correct the declaration at the place that the message names.',
  },
  ENV_STEP_FAILED: {
    meaning: 'An environment threw while it was reset or stepped.',
    remedy: 'Read the cause; run the conformance suite on the environment.',
  },
  ENV_OUTPUT_INVALID: {
    meaning: 'An environment wrote a number that is not finite, or an action mask without a legal choice.',
    remedy:
      'Find where the environment computes the element that the message names; bound its actions or its dynamics.',
  },
  ENV_STATE_CORRUPT: {
    meaning: 'Saved environment state has another size than the environment declares.',
    remedy: 'Resume with the environment version, options and number of instances that saved the state.',
  },
  ENV_CONFORMANCE_FAILED: {
    meaning: 'An environment breaks the rules that training relies on.',
    remedy: 'Correct the environment until the listed problems are gone.',
  },
} as const;

export const envError = defineErrors(ENV_ERRORS);
