import type { Kernels } from '../kernels/index.js';
import type { Network } from './port.js';

/** A network that code makes, in the place of what a description says. It exists in one thread only. */
export interface NetworkByCode {
  /** Throws NETWORK_DESCRIPTION_INVALID where what is made takes or gives other sizes. */
  create(
    kernels: Kernels,
    sizes: { readonly inputSize: number; readonly outputSize: number; readonly maxRows: number },
  ): Network;
  /** Numbers that are trained, of a network of these sizes. Throws as `create`. */
  parameterCount(inputSize: number, outputSize: number): number;
}
