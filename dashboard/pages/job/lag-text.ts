import type { Job } from '../../../client/index.js';

/** That of an asynchronous job whose spec sets none. */
const DEFAULT_MAX_POLICY_LAG = 8;

/** By how many iterations acting trails learning. */
export const lagText = ({ schedule }: Pick<Job['spec'], 'schedule'>): string =>
  schedule.kind === 'async'
    ? `async, lag at most ${schedule.maxPolicyLag ?? DEFAULT_MAX_POLICY_LAG}`
    : `lag ${schedule.lag}`;
