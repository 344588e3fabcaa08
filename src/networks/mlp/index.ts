/** Linear functions and multilayer perceptrons on the kernels. */
export { defaultHiddenGain } from './initialization.js';
export { createMlp, type MlpOptions } from './mlp.js';
