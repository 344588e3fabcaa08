import type { Kernels } from '../kernels/index.js';
import { createForwardLayers } from './forward/index.js';
import { type LayersOptions, makerOf } from './maker.js';
import { createMlp, defaultHiddenGain, type MlpShape } from './mlp/index.js';
import { normalized } from './normalized.js';
import type { Network } from './port.js';
import { createGru, type GruOptions } from './recurrent/index.js';
import type { NetworkSpec } from './spec.js';

export interface NetworkSizes {
  readonly inputSize: number;
  readonly outputSize: number;
  /** Rows of the largest block that one call gets. */
  readonly maxRows: number;
  /** Scale of the output layer's first weights where the spec gives none. */
  readonly outputGain: number;
}

/** Makes the network of a spec, on arrays of `kernels`. Described layers act without TensorFlow.js too; their `backward` throws
 *  NETWORK_ENGINE_MISSING where none was attached to the kernels. Throws NETWORK_SIZE_INVALID, NETWORK_DESCRIPTION_INVALID. */
export function createNetwork(kernels: Kernels, spec: NetworkSpec, sizes: NetworkSizes): Network {
  return kernels.allOrNothing(() => {
    const network = createBare(kernels, spec, sizes);
    return spec.normalizeInput === true ? normalized(kernels, network) : network;
  });
}

function createBare(
  kernels: Kernels,
  spec: NetworkSpec,
  { inputSize, outputSize, maxRows, ...sizes }: NetworkSizes,
): Network {
  const { hidden, activation, initialization, recurrent, byCode } = spec;
  if (byCode !== undefined) return byCode.create(kernels, { inputSize, outputSize, maxRows });
  const hiddenGain = spec.hiddenGain ?? defaultHiddenGain(initialization);
  const outputGain = spec.outputGain ?? sizes.outputGain;
  const outputBias = spec.outputBias ?? 0;
  if (spec.kind === 'layers') {
    const output = { size: outputSize, gain: outputGain, bias: outputBias };
    return createLayers(kernels, spec, { inputSize, maxRows, output });
  }
  const shape = { inputSize, hidden, activation, initialization, hiddenGain };
  if (recurrent !== undefined) {
    const output = { size: outputSize, gain: outputGain, bias: outputBias };
    return createRecurrent(kernels, { ...shape, maxRows, size: recurrent.size, output });
  }
  return createDense(kernels, { ...shape, outputSize, outputGain, outputBias }, maxRows);
}

/** On the kernels, unless another maker was attached to them for every network. */
function createDense(kernels: Kernels, shape: MlpShape, maxRows: number): Network {
  const maker = makerOf(kernels);
  return maker?.everyNetwork ? maker.createMlp(shape, maxRows) : createMlp(kernels, { ...shape, maxRows });
}

/** The same, of layers, a recurrent unit and an output layer; the parameters lie alike. */
function createRecurrent(kernels: Kernels, options: GruOptions): Network {
  const maker = makerOf(kernels);
  if (!maker?.everyNetwork) return createGru(kernels, options);
  const { hidden, size, maxRows, ...rest } = options;
  const before = hidden.map((units) => ({ type: 'dense' as const, units }));
  return maker.createLayers({ ...rest, description: { layers: [...before, { type: 'gru', units: size }] } }, maxRows);
}

/** On TensorFlow.js where that was attached to the kernels; else on the kernels, to act only. */
function createLayers(
  kernels: Kernels,
  spec: NetworkSpec,
  { inputSize, maxRows, output }: Pick<NetworkSizes, 'inputSize' | 'maxRows'> & Pick<LayersOptions, 'output'>,
): Network {
  const { activation, initialization, hiddenGain = defaultHiddenGain(initialization) } = spec;
  const own = output === undefined ? {} : { output };
  const options = { description: spec, inputSize, activation, initialization, hiddenGain, ...own };
  return makerOf(kernels)?.createLayers(options, maxRows) ?? createForwardLayers(kernels, options, maxRows);
}

/** The hidden layers of a spec, and its memory, alone: from inputs to the features that several heads share. Undefined where the spec
 *  has neither: the features are then the inputs. Throws NETWORK_SIZE_INVALID, NETWORK_DESCRIPTION_INVALID. */
export const createTrunk = (
  kernels: Kernels,
  spec: NetworkSpec,
  sizes: Pick<NetworkSizes, 'inputSize' | 'maxRows'>,
): Network | undefined => kernels.allOrNothing(() => createBareTrunk(kernels, spec, sizes));

function createBareTrunk(
  kernels: Kernels,
  spec: NetworkSpec,
  sizes: Pick<NetworkSizes, 'inputSize' | 'maxRows'>,
): Network | undefined {
  const { hidden, activation, initialization, recurrent } = spec;
  if (spec.kind === 'layers') return createLayers(kernels, spec, sizes);
  const hiddenGain = spec.hiddenGain ?? defaultHiddenGain(initialization);
  if (recurrent !== undefined) {
    return createRecurrent(kernels, { ...sizes, hidden, activation, initialization, hiddenGain, size: recurrent.size });
  }
  const width = hidden.at(-1);
  if (width === undefined) return undefined;
  const { inputSize, maxRows } = sizes;
  const shape: MlpShape = {
    inputSize,
    outputSize: width,
    hidden: hidden.slice(0, -1),
    activation,
    outputActivation: activation,
    initialization,
    hiddenGain,
    outputGain: hiddenGain,
  };
  return createDense(kernels, shape, maxRows);
}
