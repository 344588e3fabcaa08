/** Networks on TensorFlow.js behind the same port as those on the kernels: what a description names, and functions made by code.
 *  The only home of TensorFlow.js, which is loaded when a job needs it and not before; a door of its own, because whoever only acts
 *  by dense networks needs nothing of it. */
export type { TensorflowBackend } from './backends.js';
export { attachTensorflow, loadTensorflow } from './engine.js';
export { type CreateModel, createModelNetwork, modelByCode } from './model.js';
export { createFunctionNetwork, type TensorflowFunction } from './network.js';
export type { TensorflowEngine } from './port.js';
