/** The laws of actions, one file each, and the choice among them. */
export { compositePrice, compositePriceSlope } from './composite.js';
export { choiceCounts, createDistribution } from './create.js';
export { levelDistributions } from './levels.js';
export { NOISE_SCALE, NOISE_WARMUP } from './noisy-deterministic.js';
