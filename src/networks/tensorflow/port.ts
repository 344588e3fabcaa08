import type * as tfjs from '@tensorflow/tfjs';
import type { TensorflowBackend } from './backends.js';

export type Tf = typeof tfjs;

export type ComputingBackend = Exclude<TensorflowBackend, 'auto'>;

/** TensorFlow.js of this thread, computing on one of its backends. */
export interface TensorflowEngine {
  readonly tf: Tf;
  readonly backend: ComputingBackend;
  /** Of TensorFlow.js. */
  readonly version: string;
  /** Backends that were to be preferred, and why they do not work here. */
  readonly passedOver: readonly { readonly backend: ComputingBackend; readonly reason: string }[];
  /** Tensors alive in this thread, those of other backends too. */
  readonly tensors: number;
  /** Makes the engine's backend the one that operations run on. */
  activate(): void;
}
