/** The laws of actions, one file each, and the choice among them. */
export { createDistribution } from './create.js';
