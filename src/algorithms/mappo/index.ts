/** Multi-agent PPO: policies on their own observations, value networks on what all see. */
import type { Algorithm } from '../port.js';
import { PpoUpdater } from '../ppo/updater.js';
import type { MappoOptions } from './options.js';

export const algorithm: Algorithm = {
  createUpdater: (context) => {
    const { criticInput, ...options } = context.options as MappoOptions;
    return new PpoUpdater({ ...context, options }, criticInput);
  },
};
