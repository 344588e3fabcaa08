/** Deep Q-learning, each policy by itself. */
import type { Algorithm } from '../port.js';
import { createSumMixer } from '../shared/q-learning/mixer.js';
import { QLearningUpdater } from '../shared/q-learning/updater.js';

export const algorithm: Algorithm = {
  createUpdater: (context) =>
    new QLearningUpdater(context, { grouping: 'single', mixer: createSumMixer(1), teamReward: 'sum' }),
};
