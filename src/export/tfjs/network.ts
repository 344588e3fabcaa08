import { LAYER_NORM_EPSILON, pairOf, sizeOf } from '../../networks/index.js';
import { exportError } from '../errors.js';
import type { NetworkStack, StackLayer } from '../network-stacks.js';
import { activationName, type LayersModel, type Tensor, type Weight } from './layers-model.js';
import type { Memory } from './memory.js';

/** Added and taken away again, it rounds a float32 from 0 up to itself: there is no number between two whole ones behind it. */
const ROUNDING = 2 ** 23;

/** Adds a network on rows [N, I]; what its last layer makes, [N, O], is returned. Throws EXPORT_UNSUPPORTED for a table of more than
 *  2²³ rows. */
export function addNetwork(
  model: LayersModel,
  stack: NetworkStack,
  input: Tensor,
  name: string,
  memory: Memory | null,
): Tensor {
  const rows = normalize(model, stack, input, name);
  const made = stack.inputs.map(({ offset, shape }, i) => {
    const part = model.cut(`${name}_input_${i}`, rows, offset, sizeOf(shape));
    return shape.length === 1 ? part : model.reshape(`${name}_input_${i}_shaped`, part, shape);
  });
  for (const [l, layer] of stack.layers.entries()) {
    const operands = layer.of.map((position) => made[position]!);
    const own = `${name}_layer_${l}`;
    made.push(layer.state.size > 0 ? memory!.add(operands[0]!, layer, own) : addLayer(model, layer, operands, own));
  }
  return made.at(-1)!;
}

/** (x − mean)·scale is batch normalization with variance 1 and ε 0; a bound is one whose γ is 0 and whose β is the bound. */
function normalize(model: LayersModel, { normalization }: NetworkStack, input: Tensor, name: string): Tensor {
  if (normalization === null) return input;
  const { mean, scale, clip } = normalization;
  const bound = (sign: 'low' | 'high', value: number): Tensor =>
    model.batchNormalization(`${name}_${sign}`, input, { gamma: 0, beta: value, mean: 0 });
  const normalized = model.batchNormalization(`${name}_normalization`, input, { gamma: scale, beta: 0, mean });
  const least = model.merge('Maximum', `${name}_least`, [normalized, bound('low', -clip)]);
  return model.merge('Minimum', `${name}_most`, [least, bound('high', clip)]);
}

function addLayer(model: LayersModel, layer: StackLayer, operands: readonly Tensor[], name: string): Tensor {
  const { spec, shape, tensors, activation } = layer;
  const [x] = operands as [Tensor];
  const weights = (...names: readonly string[]): Weight[] =>
    tensors.map((tensor, k) => ({ name: names[k]!, shape: tensor.shape, values: tensor.values }));
  switch (spec.type) {
    case 'dense':
      return model.dense(name, x, spec.units, tensors[0]!.values, tensors[1]!.values, activation);
    case 'conv1d':
    case 'conv2d': {
      const flat = spec.type === 'conv1d';
      const list = (pair: number | readonly number[]): readonly number[] => (flat ? [pair as number] : pairOf(pair));
      const config = {
        filters: spec.filters,
        kernel_size: list(spec.kernelSize),
        strides: list(spec.strides ?? 1),
        padding: spec.padding ?? 'valid',
        data_format: 'channels_last',
        activation: activationName(activation),
        use_bias: true,
      };
      return model.add(flat ? 'Conv1D' : 'Conv2D', name, [x], shape, config, weights('kernel', 'bias'));
    }
    case 'maxPool2d': {
      const config = {
        pool_size: pairOf(spec.size),
        strides: pairOf(spec.strides ?? spec.size),
        padding: spec.padding ?? 'valid',
        data_format: 'channels_last',
      };
      return model.add('MaxPooling2D', name, [x], shape, config);
    }
    case 'layerNorm': {
      const config = { axis: -1, epsilon: spec.epsilon ?? LAYER_NORM_EPSILON, center: true, scale: true };
      return model.add('LayerNormalization', name, [x], shape, config, weights('gamma', 'beta'));
    }
    case 'embedding':
      return addEmbedding(model, layer, x, spec.count, spec.size, weights('embeddings'), name);
    case 'gru':
    case 'lstm':
      throw new Error('a recurrent layer needs its state');
    case 'flatten':
    case 'reshape':
      return model.reshape(name, x, shape);
    case 'concatenate':
      return model.concatenate(name, operands);
    case 'add':
      return model.merge('Add', name, operands);
  }
}

/** Numbers are cut off by a rectifier with a greatest value, and rounded; then they name rows of the table. */
function addEmbedding(
  model: LayersModel,
  { shape }: StackLayer,
  x: Tensor,
  count: number,
  size: number,
  table: readonly Weight[],
  name: string,
): Tensor {
  if (count > ROUNDING) {
    const message = `a table of ${count} rows has no layers model: it may have ${ROUNDING}`;
    throw exportError('EXPORT_UNSUPPORTED', message, { data: { count } });
  }
  const words = sizeOf(x.shape);
  const flat = x.shape.length === 1 ? x : model.reshape(`${name}_words`, x, [words]);
  const known = model.add('ReLU', `${name}_known`, [flat], [words], { max_value: count - 1 });
  const raised = model.batchNormalization(`${name}_raised`, known, { gamma: 1, beta: ROUNDING, mean: 0 });
  const rounded = model.batchNormalization(`${name}_rounded`, raised, { gamma: 1, beta: 0, mean: ROUNDING });
  const config = { input_dim: count, output_dim: size, mask_zero: false, input_length: words };
  const rows = model.add('Embedding', `${name}_rows`, [rounded], [words, size], config, table);
  return model.reshape(name, rows, shape);
}
