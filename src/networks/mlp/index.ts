/** Linear functions and multilayer perceptrons on the kernels. */
export { defaultHiddenGain } from './initialization.js';
export { createMlp } from './mlp.js';
