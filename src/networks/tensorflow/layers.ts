import type { Tensor1D, Tensor3D, Tensor4D } from '@tensorflow/tfjs';
import { describeNetwork } from '../described.js';
import {
  LAYER_NORM_EPSILON,
  type LayerActivation,
  type PlacedLayer,
  type PlacedLayers,
  pairOf,
  sizeOf,
} from '../layers/index.js';
import type { LayersOptions } from '../maker.js';
import type { TensorflowFunction } from './network.js';
import { activate, dense } from './operations.js';
import type { Tensor, Tensor2D, Tf } from './port.js';
import { gru, lstm, type Memory } from './recurrent.js';

/** A description as a function: inputs are cut out of the rows, layers follow one another as they name each other, and what the last
 *  one makes, flattened, goes through the dense output layer. Throws NETWORK_DESCRIPTION_INVALID. */
export function layersFunction(options: LayersOptions): TensorflowFunction {
  const { placed, outputSize, parameterLayout, initialize } = describeNetwork(options);
  const { featureSize } = placed;
  const { inputSize, output } = options;
  return {
    inputSize,
    outputSize,
    parameterLayout,
    activations: placed.activations + (output?.size ?? 0),
    stateSize: placed.stateSize,
    initialize,
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
