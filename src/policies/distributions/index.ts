/** The laws of actions, one file each, and the choice among them. */
export { compositePrice, compositePriceSlope } from './composite.js';
export { choiceCounts, createDistribution, distributionKind, suitableKinds } from './create.js';
export { highestFloat32AtMost, lowestFloat32AtLeast } from './float32-neighbors.js';
export { levelDistributions } from './levels.js';
export { NOISE_SCALE, NOISE_WARMUP } from './noisy-deterministic.js';
