/** A policy that stays as it begins: a frozen opponent or partner. */
import type { Algorithm } from '../port.js';
import { StillPolicy } from '../shared/still-policy.js';

export const algorithm: Algorithm = {
  createUpdater: (context) => {
    const still = new StillPolicy(context);
    return {
      state: [still.tensor],
      acting: still.acting,
      rewardChannels: still.rewardChannels,
      counters: {},
      initialize: (random) => still.initialize(random),
      update: () => ({}),
      dispose: () => still.dispose(),
    };
  },
};
