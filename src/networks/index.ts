/** Functions with trainable parameters: forward, backward, initialization, and the rows of a batch in blocks. Knows nothing of
 *  actions, losses or optimizers. Imports base and kernels. */
export type { NetworkByCode } from './by-code.js';
export { createNetwork, createTrunk, type NetworkSizes } from './create.js';
export { NETWORK_ERRORS } from './errors.js';
export {
  LAYER_NORM_EPSILON,
  type LayerActivation,
  type LayerSpec,
  layerStateSize,
  MAX_LAYERS,
  type Padding,
  type PlacedInput,
  type PlacedLayer,
  paddingOf,
  pairOf,
  placeLayers,
  sizeOf,
} from './layers/index.js';
export { INPUT_CLIP, NORMALIZATION } from './normalized.js';
export type { Network, ParameterPart, Sequences } from './port.js';
export { RowBlocks } from './row-blocks.js';
export { INITIALIZATIONS, NetworkSpec, networkStateSize } from './spec.js';
