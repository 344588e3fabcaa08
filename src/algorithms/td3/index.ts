/** Twin delayed deep deterministic policy gradient. */
import type { Algorithm } from '../port.js';
import { DeterministicUpdater } from '../shared/deterministic-updater.js';
import type { Td3Options } from './options.js';

export const algorithm: Algorithm = {
  createUpdater(context) {
    const { policyDelay, targetNoise, noiseClip } = context.options as Td3Options;
    return new DeterministicUpdater(context, { critics: 2, policyDelay, targetNoise, noiseClip });
  },
};
