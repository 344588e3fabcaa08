/** Value decomposition networks: the team's value is the sum of its agents' values. */
import type { Algorithm } from '../port.js';
import { createSumMixer } from '../shared/q-learning/mixer.js';
import { QLearningUpdater } from '../shared/q-learning/updater.js';
import type { VdnOptions } from './options.js';

export const algorithm: Algorithm = {
  createUpdater(context) {
    const { teamReward } = context.options as VdnOptions;
    const agents = context.members.reduce((sum, member) => sum + member.agents.length, 0);
    return new QLearningUpdater(context, { grouping: 'joint', mixer: createSumMixer(agents), teamReward });
  },
};
