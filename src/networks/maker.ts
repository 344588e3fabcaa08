import type { Kernels } from '../kernels/index.js';
import type { LayerActivation, LayersDescription } from './layers/index.js';
import type { Initialization, MlpShape } from './mlp/index.js';
import type { Network } from './port.js';

/** A described network, complete. */
export interface LayersOptions {
  readonly description: LayersDescription;
  readonly inputSize: number;
  /** Of layers that have none of their own. */
  readonly activation: LayerActivation;
  readonly initialization: Initialization;
  readonly hiddenGain: number;
  /** The dense layer behind the last one; absent where the features are the output. */
  readonly output?: { readonly size: number; readonly gain: number; readonly bias: number };
}

/** Who makes networks that are not computed by the kernels, although their parameters lie there. */
export interface NetworkMaker {
  /** Whether networks that the kernels cover are made here too. */
  readonly everyNetwork: boolean;
  createMlp(shape: MlpShape, maxRows: number): Network;
  /** Throws NETWORK_DESCRIPTION_INVALID. */
  createLayers(options: LayersOptions, maxRows: number): Network;
}

const makers = new WeakMap<Kernels, NetworkMaker>();

/** Networks on these kernels are made with its help from now on. */
export function attachMaker(kernels: Kernels, maker: NetworkMaker): void {
  makers.set(kernels, maker);
}

export const makerOf = (kernels: Kernels): NetworkMaker | undefined => makers.get(kernels);
