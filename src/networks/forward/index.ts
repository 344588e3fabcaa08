/** Networks of described layers on the kernels: the forward pass, for whoever acts and does not learn. Needs no TensorFlow.js, whose
 *  results these are but for rounding. */
export { createForwardLayers } from './network.js';
