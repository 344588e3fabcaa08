/** QMIX: the team's value is a monotonic function, which depends on the state, of its agents' values. */
import type { Algorithm } from '../port.js';
import { QLearningUpdater } from '../shared/q-learning/updater.js';
import { createMonotonicMixer } from './mixer.js';
import type { QmixOptions } from './options.js';
import { mixerState } from './state.js';

export const algorithm: Algorithm = {
  createUpdater(context) {
    const { teamReward, embeddingSize, hypernetworkHidden: hidden, batchSize } = context.options as QmixOptions;
    const state = mixerState(context);
    const agents = context.members.reduce((sum, member) => sum + member.agents.length, 0);
    const mixer = createMonotonicMixer(context.kernels, {
      agents,
      stateSize: state.size,
      embeddingSize,
      hidden,
      maxRows: batchSize,
    });
    return new QLearningUpdater(context, { grouping: 'joint', mixer, teamReward, state });
  },
};
