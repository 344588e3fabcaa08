/** Functions with trainable parameters: forward, backward, initialization, and the rows of a batch in blocks. Knows nothing of
 *  actions, losses or optimizers. Imports base and kernels. */
export { createNetwork, createTrunk, type NetworkSizes } from './create.js';
export { NETWORK_ERRORS } from './errors.js';
export { NORMALIZATION } from './normalized.js';
export type { Network, ParameterPart } from './port.js';
export { RowBlocks } from './row-blocks.js';
export { INITIALIZATIONS, NetworkSpec } from './spec.js';
