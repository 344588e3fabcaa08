/** Multi-agent PPO: policies on their own observations, value networks on what all see. */
import type { Algorithm } from '../port.js';
import { PpoUpdater } from '../ppo/updater.js';
import type { MappoOptions } from './options.js';

export const algorithm: Algorithm = {
  createUpdater: (context) => {
    const { criticInput, criticAgentId, ...options } = context.options as MappoOptions;
    const shared = context.agents.length > 1;
    return new PpoUpdater({ ...context, options }, { criticInput, criticAgentId: criticAgentId && shared });
  },
};
