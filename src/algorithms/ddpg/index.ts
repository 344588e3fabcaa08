/** Deep deterministic policy gradient. */
import type { Algorithm } from '../port.js';
import { DeterministicUpdater } from '../shared/deterministic-updater.js';

/** One critic, no smoothing, no delay. */
const DDPG = { critics: 1, policyDelay: 1, targetNoise: 0, noiseClip: 0 } as const;

export const algorithm: Algorithm = { createUpdater: (context) => new DeterministicUpdater(context, DDPG) };
