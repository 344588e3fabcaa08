/** The laws of actions, one file each, and the choice among them. */
export { compositePrice, compositePriceSlope } from './composite.js';
export { createDistribution } from './create.js';
export { levelDistributions } from './levels.js';
