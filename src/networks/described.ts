import type { RandomStream } from '../base/index.js';
import type { F32 } from '../kernels/index.js';
import { type PlacedLayer, type PlacedLayers, placeLayers, sizeOf } from './layers/index.js';
import type { LayersOptions } from './maker.js';
import { initializeBiases, initializeWeights } from './mlp/index.js';
import type { ParameterPart } from './port.js';

/** A described network with its output layer, whatever computes it: where its parameters lie, and how they start. */
export interface DescribedNetwork {
  readonly placed: PlacedLayers;
  readonly outputSize: number;
  readonly parameterCount: number;
  /** The layers' parts, then `output.weights` and `output.bias` where there is an output layer. */
  readonly parameterLayout: readonly ParameterPart[];
  initialize(parameters: F32, random: RandomStream): void;
}

/** Throws NETWORK_DESCRIPTION_INVALID. */
export function describeNetwork(options: LayersOptions): DescribedNetwork {
  const { inputSize, output, initialization } = options;
  const placed = placeLayers(options.description, inputSize);
  const parameterLayout: ParameterPart[] = placed.layers.flatMap(({ parts }) =>
    parts.map(({ name, shape, offset }) => ({ name, shape, offset })),
  );
  const { featureSize, parameterCount: weightsAt } = placed;
  const biasAt = weightsAt + featureSize * (output?.size ?? 0);
  if (output !== undefined) {
    parameterLayout.push({ name: 'output.weights', shape: [featureSize, output.size], offset: weightsAt });
    parameterLayout.push({ name: 'output.bias', shape: [output.size], offset: biasAt });
  }
  return {
    placed,
    outputSize: output?.size ?? featureSize,
    parameterCount: biasAt + (output?.size ?? 0),
    parameterLayout,
    initialize(parameters, random) {
      initializeLayers(placed, options, parameters, random);
      if (output === undefined) return;
      const weights = parameters.subarray(weightsAt, biasAt);
      initializeWeights(weights, featureSize, output.size, initialization, output.gain, random);
      initializeBiases(parameters.subarray(biasAt, biasAt + output.size), output.bias, random);
    },
  };
}

function initializeLayers(
  { layers }: PlacedLayers,
  { initialization, hiddenGain }: LayersOptions,
  parameters: F32,
  random: RandomStream,
): void {
  for (const { layer, shape, offset, role } of layers.flatMap((layer) =>
    layer.parts.map((part) => ({ layer, ...part })),
  )) {
    const part = parameters.subarray(offset, offset + sizeOf(shape));
    switch (role) {
      case 'weights': {
        // A filter is a dense layer over what it sees.
        const outputs = shape.at(-1)!;
        initializeWeights(part, part.length / outputs, outputs, initialization, hiddenGain, random);
        break;
      }
      case 'gateWeights':
        initializeGates(part, shape as readonly [number, number], layer, initialization, random);
        break;
      case 'table':
        for (let k = 0; k < part.length; k++) part[k] = initialization === 'zeros' ? 0 : random.normal();
        break;
      case 'bias':
        part.fill(0);
        break;
      case 'forgetBias': {
        // A memory that keeps what it has until it learns otherwise (Jozefowicz et al. 2015).
        const units = part.length / 4;
        part.fill(0).fill(1, units, 2 * units);
        break;
      }
      case 'gain':
        part.fill(1);
        break;
    }
  }
}

/** Each gate's columns start as those of a layer by itself. */
function initializeGates(
  part: Float32Array,
  [inputs, columns]: readonly [number, number],
  { shape: [units] }: PlacedLayer,
  initialization: LayersOptions['initialization'],
  random: RandomStream,
): void {
  const gate = new Float32Array(inputs * units!);
  for (let first = 0; first < columns; first += units!) {
    initializeWeights(gate, inputs, units!, initialization, 1, random);
    for (const [k, value] of gate.entries()) part[Math.floor(k / units!) * columns + first + (k % units!)] = value;
  }
}
