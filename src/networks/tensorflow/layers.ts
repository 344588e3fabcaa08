import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs';
import type { RandomStream } from '../../base/index.js';
import type { F32 } from '../../kernels/index.js';
import {
  type LayerActivation,
  type PlacedLayer,
  type PlacedLayers,
  pairOf,
  placeLayers,
  sizeOf,
} from '../layers/index.js';
import type { LayersOptions } from '../maker.js';
import { initializeBiases, initializeWeights } from '../mlp/index.js';
import type { ParameterPart } from '../port.js';
import type { TensorflowFunction } from './network.js';
import { activate, dense } from './operations.js';
import type { Tf } from './port.js';
import { gru, lstm, type Memory } from './recurrent.js';

const LAYER_NORM_EPSILON = 1e-5;

/** A description as a function: inputs are cut out of the rows, layers follow one another as they name each other, and what the last
 *  one makes, flattened, goes through the dense output layer. Throws NETWORK_DESCRIPTION_INVALID. */
export function layersFunction(options: LayersOptions): TensorflowFunction {
  const { inputSize, output, initialization } = options;
  const placed = placeLayers(options.description, inputSize);
  const parameterLayout: ParameterPart[] = placed.layers.flatMap(({ parts }) =>
    parts.map(({ name, shape, offset }) => ({ name, shape, offset })),
  );
  const { featureSize, parameterCount } = placed;
  if (output !== undefined) {
    const biasAt = parameterCount + featureSize * output.size;
    parameterLayout.push({ name: 'output.weights', shape: [featureSize, output.size], offset: parameterCount });
    parameterLayout.push({ name: 'output.bias', shape: [output.size], offset: biasAt });
  }
  return {
    inputSize,
    outputSize: output?.size ?? featureSize,
    parameterLayout,
    activations: placed.activations + (output?.size ?? 0),
    stateSize: placed.stateSize,
    initialize(parameters, random) {
      initializeLayers(placed, options, parameters, random);
      if (output === undefined) return;
      const weights = parameters.subarray(parameterCount, parameterCount + featureSize * output.size);
      initializeWeights(weights, featureSize, output.size, initialization, output.gain, random);
      const biasAt = parameterCount + weights.length;
      initializeBiases(parameters.subarray(biasAt, biasAt + output.size), output.bias, random);
    },
    apply(tf, parameters, input, memory) {
      const states: Tensor[] = [];
      const last = runLayers(tf, placed, options.activation, parameters, input, memory, states);
      const features = tf.reshape(last, [-1, featureSize]);
      const outputs =
        output === undefined ? features : dense(tf, features, parameters.at(-2)!, parameters.at(-1)!, 'none');
      return states.length === 0 ? outputs : tf.concat([outputs, ...states], 1);
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

function runLayers(
  tf: Tf,
  { inputs, layers }: PlacedLayers,
  activation: LayerActivation,
  parameters: readonly Tensor[],
  rows: Tensor2D,
  memory: Memory | null,
  states: Tensor[],
): Tensor {
  const made: Tensor[] = inputs.map(({ offset, shape }) => {
    const size = sizeOf(shape);
    const part = size === rows.shape[1] ? rows : tf.slice(rows, [0, offset], [-1, size]);
    return shape.length === 1 ? part : tf.reshape(part, [-1, ...shape]);
  });
  let next = 0;
  for (const layer of layers) {
    const own = parameters.slice(next, next + layer.parts.length);
    next += own.length;
    const operands = layer.of.map((position) => made[position]!);
    if (layer.state.size === 0) made.push(runLayer(tf, layer, activation, own, operands));
    else made.push(runRecurrent(tf, layer, own, operands[0]!, memory!, states));
  }
  return made.at(-1)!;
}

/** Runs a recurrent layer on its part of the state; what it remembers after each row is added to `states`. */
function runRecurrent(
  tf: Tf,
  { spec, state: { offset, size } }: PlacedLayer,
  own: readonly Tensor[],
  x: Tensor,
  memory: Memory,
  states: Tensor[],
): Tensor {
  const { state } = memory;
  const part = size === state.shape[1] ? memory : { ...memory, state: tf.slice(state, [0, offset], [-1, size]) };
  const remembered = spec.type === 'gru' ? gru(tf, x, own, part) : lstm(tf, x, own, part);
  states.push(remembered.states);
  return remembered.output;
}

function runLayer(
  tf: Tf,
  { spec, shape }: PlacedLayer,
  fallback: LayerActivation,
  [first, second]: readonly Tensor[],
  operands: readonly Tensor[],
): Tensor {
  const x = operands[0]!;
  switch (spec.type) {
    case 'dense':
      return dense(tf, x, first!, second!, spec.activation ?? fallback);
    case 'conv1d': {
      const sums = tf.conv1d(x as Tensor3D, first as Tensor3D, spec.strides ?? 1, spec.padding ?? 'valid');
      return activate(tf, tf.add(sums, second!), spec.activation ?? fallback);
    }
    case 'conv2d': {
      const strides = [...pairOf(spec.strides ?? 1)] as [number, number];
      const sums = tf.conv2d(x as Tensor4D, first as Tensor4D, strides, spec.padding ?? 'valid');
      return activate(tf, tf.add(sums, second!), spec.activation ?? fallback);
    }
    case 'maxPool2d': {
      const size = [...pairOf(spec.size)] as [number, number];
      const strides = [...pairOf(spec.strides ?? spec.size)] as [number, number];
      return tf.maxPool(x as Tensor4D, size, strides, spec.padding ?? 'valid');
    }
    case 'layerNorm':
      return layerNorm(tf, x, first!, second!, spec.epsilon ?? LAYER_NORM_EPSILON);
    case 'embedding':
      return embed(tf, first!, x);
    case 'gru':
    case 'lstm':
      throw new Error('a recurrent layer needs its state');
    case 'flatten':
    case 'reshape':
      return tf.reshape(x, [-1, ...shape]);
    case 'concatenate':
      return tf.concat([...operands], x.rank - 1);
    case 'add':
      return operands.reduce((sum, operand) => tf.add(sum, operand));
  }
}

/** The rows of a table that x names, rounded and cut off to what there is. x has no gradient. */
function embed(tf: Tf, table: Tensor, x: Tensor): Tensor {
  const [count, size] = table.shape as [number, number];
  const rowsOf = tf.customGrad((...args) => {
    const [rows, words, save] = args as unknown as [Tensor, Tensor, GradSaver];
    const named = tf.cast(tf.clipByValue(tf.round(words), 0, count - 1), 'int32');
    save([named, words]);
    return {
      value: tf.gather(rows, named),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const segments = tf.reshape(saved[0]!, [-1]) as Tensor1D;
        return [tf.unsortedSegmentSum(tf.reshape(dy, [-1, size]), segments, count), tf.zerosLike(saved[1]!)];
      },
    };
  });
  return rowsOf(table, x);
}

type GradSaver = (tensors: Tensor[]) => void;

/** gain·(x − mean)/√(variance + ε) + bias over the last extent. Source: Ba, Kiros and Hinton 2016, eq. 3 and 4. */
function layerNorm(tf: Tf, x: Tensor, gain: Tensor, bias: Tensor, epsilon: number): Tensor {
  const centered = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centered), -1, true);
  return tf.add(tf.mul(tf.mul(centered, tf.rsqrt(tf.add(variance, epsilon))), gain), bias);
}
