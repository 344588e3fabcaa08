import { LAYER_NORM_EPSILON, type LayerActivation, type Padding, paddingOf, pairOf } from '../../networks/index.js';
import type { NetworkStack, StackLayer } from '../network-stacks.js';
import type { OnnxGraph, Value } from './graph.js';
import type { Memory } from './memory.js';

const ACTIVATIONS = { tanh: 'Tanh', relu: 'Relu', sigmoid: 'Sigmoid' } as const;

/** Adds a network on rows f32[N, I]; what its last layer makes, f32[N, O], is returned. `name` is what its constants begin with. */
export function addNetwork(
  graph: OnnxGraph,
  stack: NetworkStack,
  input: Value,
  name: string,
  memory: Memory | null,
): Value {
  const rows = normalize(graph, stack, input, name);
  const made = stack.inputs.map(({ offset, shape }) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const part = size === stack.inputSize ? rows : graph.columns(rows, offset, size);
    return { value: shape.length === 1 ? part : reshape(graph, part, shape), shape };
  });
  for (const layer of stack.layers) {
    const operands = layer.of.map((position) => made[position]!);
    const value =
      layer.state.size > 0
        ? memory!.add(operands[0]!.value, layer, name)
        : addLayer(graph, layer, operands, `${name}.`);
    made.push({ value, shape: layer.shape });
  }
  return made.at(-1)!.value;
}

interface Operand {
  readonly value: Value;
  readonly shape: readonly number[];
}

function normalize(graph: OnnxGraph, { normalization }: NetworkStack, input: Value, name: string): Value {
  if (normalization === null) return input;
  const { mean, scale, clip } = normalization;
  const centered = graph.add('Sub', [input, graph.floats([1, mean.length], mean, `${name}.normalization.mean`)]);
  const scaled = graph.add('Mul', [centered, graph.floats([1, scale.length], scale, `${name}.normalization.scale`)]);
  return graph.add('Clip', [scaled, graph.scalar(-clip), graph.scalar(clip)]);
}

function addLayer(graph: OnnxGraph, layer: StackLayer, operands: readonly Operand[], prefix: string): Value {
  const { spec, shape, tensors, activation } = layer;
  const { value: x, shape: of } = operands[0]!;
  const constants = (): Value[] =>
    tensors.map((tensor) => graph.floats(tensor.shape, tensor.values, prefix + tensor.name));
  switch (spec.type) {
    case 'dense': {
      const [W, b] = constants();
      return activate(graph, graph.add('Add', [graph.add('MatMul', [x, W!]), b!]), activation);
    }
    case 'conv1d':
      return addConvolution(graph, layer, x, of, prefix, {
        size: [spec.kernelSize],
        strides: [spec.strides ?? 1],
        padding: spec.padding,
      });
    case 'conv2d':
      return addConvolution(graph, layer, x, of, prefix, {
        size: pairOf(spec.kernelSize),
        strides: pairOf(spec.strides ?? 1),
        padding: spec.padding,
      });
    case 'maxPool2d': {
      const size = pairOf(spec.size);
      const windows = { size, strides: pairOf(spec.strides ?? spec.size), padding: spec.padding };
      return overChannels(graph, x, of, (value) => graph.add('MaxPool', [value], attributesOf(windows, of, shape)));
    }
    case 'layerNorm':
      return graph.add('LayerNormalization', [x, ...constants()], {
        axis: shape.length,
        epsilon: { float: spec.epsilon ?? LAYER_NORM_EPSILON },
      });
    case 'embedding': {
      const known = graph.add('Clip', [graph.add('Round', [x]), graph.scalar(0), graph.scalar(spec.count - 1)]);
      return graph.add('Gather', [...constants(), graph.cast(known, 'int64')], { axis: 0 });
    }
    case 'gru':
    case 'lstm':
      throw new Error('a recurrent layer needs its state');
    case 'flatten':
    case 'reshape':
      return reshape(graph, x, shape);
    case 'concatenate':
      return graph.add(
        'Concat',
        operands.map(({ value }) => value),
        { axis: shape.length },
      );
    case 'add':
      return operands.map(({ value }) => value).reduce((sum, value) => graph.add('Add', [sum, value]));
  }
}

interface WindowSpec {
  readonly size: readonly number[];
  readonly strides: readonly number[];
  readonly padding: Padding;
}

/** Weights [extents…, C, O], which ONNX has as [O, C, extents…]. */
function addConvolution(
  graph: OnnxGraph,
  { tensors, shape, activation }: StackLayer,
  x: Value,
  of: readonly number[],
  prefix: string,
  windows: WindowSpec,
): Value {
  const [weights, bias] = tensors as [StackLayer['tensors'][0], StackLayer['tensors'][0]];
  const [inputs, outputs] = weights.shape.slice(-2) as [number, number];
  const places = weights.values.length / (inputs * outputs);
  const turned = new Float32Array(weights.values.length);
  for (let p = 0, from = 0; p < places; p++) {
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++, from++) turned[(o * inputs + i) * places + p] = weights.values[from]!;
    }
  }
  const W = graph.floats([outputs, inputs, ...windows.size], turned, prefix + weights.name);
  const b = graph.floats(bias.shape, bias.values, prefix + bias.name);
  const sums = overChannels(graph, x, of, (value) =>
    graph.add('Conv', [value, W, b], attributesOf(windows, of, shape)),
  );
  return activate(graph, sums, activation);
}

/** Channels stand last here, and first in ONNX. */
function overChannels(graph: OnnxGraph, x: Value, of: readonly number[], made: (value: Value) => Value): Value {
  const extents = of.slice(0, -1).map((_, k) => k + 1);
  const first = graph.add('Transpose', [x], { perm: [0, of.length, ...extents] });
  return graph.add('Transpose', [made(first)], { perm: [0, ...extents.map((k) => k + 1), 1] });
}

/** Paddings are written out: those before all extents, then those behind. */
function attributesOf({ size, strides, padding }: WindowSpec, of: readonly number[], shape: readonly number[]) {
  const pads = size.map((window, k) => paddingOf(of[k]!, window, strides[k]!, shape[k]!, padding));
  return {
    kernel_shape: size,
    strides,
    pads: [...pads.map(([before]) => before), ...pads.map(([, behind]) => behind)],
  };
}

/** Rows stay as they are: 0 is the extent that the value has. */
const reshape = (graph: OnnxGraph, value: Value, shape: readonly number[]): Value =>
  graph.add('Reshape', [value, graph.integers([0, ...shape])]);

const activate = (graph: OnnxGraph, value: Value, activation: LayerActivation): Value =>
  activation === 'none' ? value : graph.add(ACTIVATIONS[activation], [value]);
