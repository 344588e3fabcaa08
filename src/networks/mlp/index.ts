/** Linear functions and multilayer perceptrons on the kernels. */
export { defaultHiddenGain, type Initialization, initializeBiases, initializeWeights } from './initialization.js';
export { denseLayers, denseLayout, initializeDenseLayers, type MlpShape } from './layers.js';
export { createMlp } from './mlp.js';
