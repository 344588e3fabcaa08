import { defineErrors } from '../base/index.js';

export const POLICY_ERRORS = {
  POLICY_DISTRIBUTION_UNSUITABLE: {
    meaning: 'A policy’s distribution cannot produce actions of the agent’s action space.',
    remedy: 'Choose a distribution that the message names, or correct the bounds of the space.',
  },
  POLICY_LOG_STD_INVALID: {
    meaning: 'The bounds of the logarithm of the standard deviation cross, or its start lies outside them.',
    remedy: 'Correct distribution.logStdBounds or distribution.initialLogStd.',
  },
  POLICY_MASK_EMPTY: {
    meaning: 'An action mask leaves an agent no choice at all.',
    remedy: 'Correct the environment: every mask it writes has at least one legal choice.',
  },
  POLICY_BOUNDS_CROSSED: {
    meaning: 'Bounds of an action that are read off the observation cross, or are not finite.',
    remedy: 'Correct the environment: the bounds that it observes are finite, and the low one is at most the high one.',
  },
  POLICY_AGENT_UNKNOWN: {
    meaning: 'The policy mapping names an agent that the environment does not have.',
    remedy: 'Correct the agent id; the message names the nearest one.',
  },
  POLICY_AGENT_UNMAPPED: {
    meaning: 'The policy mapping leaves an agent without a policy.',
    remedy: 'Name a policy for each agent that the message lists.',
  },
  POLICY_SPACES_DIFFER: {
    meaning: 'Agents that share a policy have different observation or action spaces.',
    remedy: 'Give the agents that the message names policies of their own, or equal spaces.',
  },
} as const;

export const policyError = defineErrors(POLICY_ERRORS);
