import type { Kernels } from '../kernels/index.js';
import { createMlp, defaultHiddenGain } from './mlp/index.js';
import { normalized } from './normalized.js';
import type { Network } from './port.js';
import type { NetworkSpec } from './spec.js';

export interface NetworkSizes {
  readonly inputSize: number;
  readonly outputSize: number;
  /** Rows of the largest block that one call gets. */
  readonly maxRows: number;
  /** Scale of the output layer's first weights where the spec gives none. */
  readonly outputGain: number;
}

/** Makes the network of a spec, on arrays of `kernels`. Throws NETWORK_SIZE_INVALID. */
export function createNetwork(kernels: Kernels, spec: NetworkSpec, sizes: NetworkSizes): Network {
  switch (spec.kind) {
    case 'mlp': {
      const network = createMlp(kernels, {
        inputSize: sizes.inputSize,
        outputSize: sizes.outputSize,
        maxRows: sizes.maxRows,
        hidden: spec.hidden,
        activation: spec.activation,
        initialization: spec.initialization,
        hiddenGain: spec.hiddenGain ?? defaultHiddenGain(spec.initialization),
        outputGain: spec.outputGain ?? sizes.outputGain,
        outputBias: spec.outputBias ?? 0,
      });
      return spec.normalizeInput === true ? normalized(kernels, network) : network;
    }
  }
}

/** The hidden layers of a spec alone: from inputs to the features that several heads share. Undefined where the spec has none:
 *  the features are then the inputs. Throws NETWORK_SIZE_INVALID. */
export function createTrunk(
  kernels: Kernels,
  spec: NetworkSpec,
  sizes: Pick<NetworkSizes, 'inputSize' | 'maxRows'>,
): Network | undefined {
  const width = spec.hidden.at(-1);
  if (width === undefined) return undefined;
  const hiddenGain = spec.hiddenGain ?? defaultHiddenGain(spec.initialization);
  return createMlp(kernels, {
    ...sizes,
    outputSize: width,
    hidden: spec.hidden.slice(0, -1),
    activation: spec.activation,
    outputActivation: spec.activation,
    initialization: spec.initialization,
    hiddenGain,
    outputGain: hiddenGain,
  });
}
