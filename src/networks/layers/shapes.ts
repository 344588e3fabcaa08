import { networkError } from '../errors.js';
import type { InputsSpec, LayerSpec } from './spec.js';

/** Layers of one description at most. */
export const MAX_LAYERS = 128;
/** Parameters of one network at most: 64 MiB of float32, and as much for each of its gradients and moments. */
export const MAX_PARAMETERS = 2 ** 24;
/** Numbers that all layers together make of one row at most: 4 MiB of float32. */
export const MAX_ACTIVATIONS = 2 ** 20;
/** Work on one row at most, a second of filters or some of poolings: they see far more numbers than they make. */
export const MAX_WORK = 2 ** 30;

/** Added to the variance where a layer norm has no ε of its own. */
export const LAYER_NORM_EPSILON = 1e-5;

/** The one input of a description without `inputs`. */
export const WHOLE_OBSERVATION = 'observation';

/** A tensor of parameters; weights f32[…, outputs] see `inputs` numbers for each output. */
export interface LayerPart {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly role: 'weights' | 'gateWeights' | 'table' | 'bias' | 'forgetBias' | 'gain';
}

export interface PlacedInput {
  readonly name: string;
  readonly offset: number;
  readonly shape: readonly number[];
}

export interface PlacedLayer {
  readonly name: string;
  readonly spec: LayerSpec;
  /** What it works on: positions among the inputs and, behind them, the layers. */
  readonly of: readonly number[];
  /** Of one row. */
  readonly shape: readonly number[];
  readonly parts: readonly LayerPart[];
  /** What it carries from one step to the next: where that lies in the state of the network. */
  readonly state: { readonly offset: number; readonly size: number };
}

/** A description with every shape known: inputs, layers in order, and the features that the last of them ends in. */
export interface PlacedLayers {
  readonly inputs: readonly PlacedInput[];
  readonly layers: readonly PlacedLayer[];
  /** Numbers of the last layer's output; 0 layers make none. */
  readonly featureSize: number;
  readonly parameterCount: number;
  /** Numbers that all layers together make of one row. */
  readonly activations: number;
  /** Multiply-adds that products with weights take for one row, and comparisons that poolings take. */
  readonly work: number;
  /** Numbers that all layers together carry from one step to the next. */
  readonly stateSize: number;
}

export interface LayersDescription {
  readonly inputs?: InputsSpec | undefined;
  readonly layers?: readonly LayerSpec[] | undefined;
}

/** Infers all shapes of a description for inputs of `inputSize` numbers, without any numeric library and before any memory is
 *  taken. Throws NETWORK_DESCRIPTION_INVALID, whose `data.at` is the path of the field that is at fault. */
export function placeLayers({ inputs, layers }: LayersDescription, inputSize: number): PlacedLayers {
  const placedInputs = placeInputs(inputs, inputSize);
  if (layers === undefined || layers.length === 0) fail(['layers'], 'must have at least one layer');
  const shapes = placedInputs.map(({ shape }) => shape);
  const positions = new Map(placedInputs.map(({ name }, position) => [name, position]));
  const placed: PlacedLayer[] = [];
  let parameterCount = 0;
  let activations = 0;
  let work = 0;
  let stateSize = 0;
  for (const [l, spec] of layers.entries()) {
    const at = ['layers', l];
    const name = spec.id ?? `${l}`;
    const of = operandsOf(spec, at, positions, placedInputs.length, l);
    const { shape, parts } = inferLayer(
      spec,
      of.map((position) => shapes[position]!),
      at,
    );
    const own: LayerPart[] = [];
    for (const part of parts) {
      own.push({ ...part, name: `layers.${name}.${part.name}`, offset: parameterCount });
      parameterCount += sizeOf(part.shape);
    }
    activations += sizeOf(shape);
    work += workOf(spec, shape, parts);
    if (parameterCount > MAX_PARAMETERS) {
      fail(at, `brings the network to ${parameterCount} parameters; there may be ${MAX_PARAMETERS}`);
    }
    if (activations > MAX_ACTIVATIONS) {
      const most = `there may be ${MAX_ACTIVATIONS}`;
      fail(at, `brings the layers' outputs to ${activations} numbers for each row; ${most}`);
    }
    if (work > MAX_WORK) {
      const most = `there may be ${MAX_WORK}; use larger strides, or smaller windows`;
      fail(at, `brings the network to ${work} multiply-adds for each row; ${most}`);
    }
    if (spec.id !== undefined) {
      if (positions.has(spec.id))
        fail([...at, 'id'], `is "${spec.id}", which is taken by an earlier layer or an input`);
      positions.set(spec.id, shapes.length);
    }
    shapes.push(shape);
    const state = { offset: stateSize, size: layerStateSize(spec) };
    stateSize += state.size;
    placed.push({ name, spec, of, shape, parts: own, state });
  }
  return {
    inputs: placedInputs,
    layers: placed,
    featureSize: sizeOf(placed.at(-1)!.shape),
    parameterCount,
    activations,
    work,
    stateSize,
  };
}

/** A filter's weights are used at every place of a picture, those of a dense layer for every vector, those of a memory once. */
function workOf(spec: LayerSpec, shape: readonly number[], parts: Inferred['parts']): number {
  if (spec.type === 'maxPool2d') return sizeOf(shape) * sizeOf(pairOf(spec.size));
  return parts.reduce((work, { role, shape: weights }) => {
    if (role === 'gateWeights') return work + sizeOf(weights);
    return role === 'weights' ? work + sizeOf(weights) * sizeOf(shape.slice(0, -1)) : work;
  }, 0);
}

/** Numbers that a layer carries from one step to the next: GRU h, LSTM h and c. */
export function layerStateSize(spec: LayerSpec): number {
  if (spec.type === 'gru') return spec.units;
  return spec.type === 'lstm' ? 2 * spec.units : 0;
}

function placeInputs(inputs: InputsSpec | undefined, inputSize: number): readonly PlacedInput[] {
  if (inputs === undefined) return [{ name: WHOLE_OBSERVATION, offset: 0, shape: [inputSize] }];
  return Object.entries(inputs).map(([name, { offset, shape }]) => {
    const end = offset + sizeOf(shape);
    if (end > inputSize) {
      fail(['inputs', name], `ends at number ${end} of its input, which has ${inputSize}`);
    }
    return { name, offset, shape };
  });
}

/** Positions of what a layer works on: what it names, or what stands before it. */
function operandsOf(
  spec: LayerSpec,
  at: Path,
  positions: ReadonlyMap<string, number>,
  inputs: number,
  layer: number,
): readonly number[] {
  const { of } = spec;
  if (of === undefined) {
    if (layer === 0 && inputs > 1) fail(at, `works on one of ${inputs} inputs; name it in "of"`);
    return [inputs + layer - 1];
  }
  return [of].flat().map((name) => {
    const position = positions.get(name);
    if (position === undefined) {
      fail([...at, 'of'], `names "${name}"; before this layer there are ${[...positions.keys()].join(', ')}`);
    }
    return position;
  });
}

interface Inferred {
  readonly shape: readonly number[];
  readonly parts: readonly Omit<LayerPart, 'offset'>[];
}

function inferLayer(spec: LayerSpec, operands: readonly (readonly number[])[], at: Path): Inferred {
  const [shape] = operands as [readonly number[]];
  switch (spec.type) {
    case 'dense':
      return weighted([shape.at(-1)!, spec.units], [...shape.slice(0, -1), spec.units]);
    case 'conv1d': {
      assertRank(spec, shape, 2, '[steps, channels]', at);
      const [steps, channels] = shape as [number, number];
      const made = extentOf(steps, spec.kernelSize, spec.strides ?? 1, spec.padding, at);
      return weighted([spec.kernelSize, channels, spec.filters], [made, spec.filters]);
    }
    case 'conv2d': {
      assertRank(spec, shape, 3, '[height, width, channels]', at);
      const [h, w] = pairOf(spec.kernelSize);
      return weighted(
        [h, w, shape[2]!, spec.filters],
        [...windows(shape, [h, w], pairOf(spec.strides ?? 1), spec.padding, at), spec.filters],
      );
    }
    case 'maxPool2d': {
      assertRank(spec, shape, 3, '[height, width, channels]', at);
      const size = pairOf(spec.size);
      return bare([...windows(shape, size, pairOf(spec.strides ?? spec.size), spec.padding, at), shape[2]!]);
    }
    case 'layerNorm': {
      const width = [shape.at(-1)!];
      const parts = [
        { name: 'gain', shape: width, role: 'gain' as const },
        { name: 'bias', shape: width, role: 'bias' as const },
      ];
      return { shape, parts };
    }
    case 'embedding':
      return {
        shape: [...shape, spec.size],
        parts: [{ name: 'table', shape: [spec.count, spec.size], role: 'table' }],
      };
    case 'gru':
    case 'lstm': {
      if (shape.length !== 1) {
        fail(
          at,
          `is ${spec.type}, which works on one vector for each step, but its input ${told(shape)}; flatten it first`,
        );
      }
      return recurrent(spec, shape[0]!);
    }
    case 'flatten':
      return bare([sizeOf(shape)]);
    case 'reshape':
      if (sizeOf(spec.shape) !== sizeOf(shape)) {
        const made = `[${spec.shape.join(', ')}]`;
        fail([...at, 'shape'], `is ${made}, ${sizeOf(spec.shape)} numbers, but its input ${told(shape)}`);
      }
      return bare(spec.shape);
    case 'concatenate': {
      for (const other of operands.slice(1)) {
        if (!sameExtents(other.slice(0, -1), shape.slice(0, -1)))
          failUnlike(shape, other, 'but for the last extent', at);
      }
      return bare([...shape.slice(0, -1), operands.reduce((sum, operand) => sum + operand.at(-1)!, 0)]);
    }
    case 'add':
      for (const other of operands.slice(1)) {
        if (!sameExtents(other, shape)) failUnlike(shape, other, 'alike', at);
      }
      return bare(shape);
  }
}

const bare = (shape: readonly number[]): Inferred => ({ shape, parts: [] });

/** A layer with weights and a bias for each output. */
const weighted = (weights: readonly number[], shape: readonly number[]): Inferred => ({
  shape,
  parts: [
    { name: 'weights', shape: weights, role: 'weights' },
    { name: 'bias', shape: [weights.at(-1)!], role: 'bias' },
  ],
});

/** Columns are gate by gate: r, z, n of a GRU, as that of the kernels has them; i, f, g, o of an LSTM. */
function recurrent(
  { type, units }: { readonly type: 'gru' | 'lstm'; readonly units: number },
  inputs: number,
): Inferred {
  const columns = (type === 'gru' ? 3 : 4) * units;
  const weights = { name: 'weights', shape: [inputs, columns], role: 'gateWeights' as const };
  const recurrentWeights = { name: 'recurrentWeights', shape: [units, columns], role: 'gateWeights' as const };
  if (type === 'lstm') {
    const bias = { name: 'bias', shape: [columns], role: 'forgetBias' as const };
    return { shape: [units], parts: [weights, recurrentWeights, bias] };
  }
  const bias = { name: 'bias', shape: [columns], role: 'bias' as const };
  return { shape: [units], parts: [weights, bias, recurrentWeights, { ...bias, name: 'recurrentBias' }] };
}

/** Height and width after a window went over them. */
const windows = (
  [height, width]: readonly number[],
  size: readonly [number, number],
  strides: readonly [number, number],
  padding: Padding,
  at: Path,
): number[] => [
  extentOf(height!, size[0], strides[0], padding, at),
  extentOf(width!, size[1], strides[1], padding, at),
];

export type Padding = 'valid' | 'same' | undefined;

function extentOf(extent: number, window: number, stride: number, padding: Padding, at: Path): number {
  if (padding === 'same') return Math.ceil(extent / stride);
  if (window > extent)
    fail(at, `sees ${window} at once, but its input has ${extent}; make it smaller, or use padding "same"`);
  return Math.floor((extent - window) / stride) + 1;
}

/** One number stands for both extents. */
export const pairOf = (pair: number | readonly number[]): readonly [number, number] =>
  typeof pair === 'number' ? [pair, pair] : [pair[0]!, pair[1]!];

/** Zeros before and after an extent that a window goes over: as TensorFlow spreads them, the odd one behind. */
export function paddingOf(
  extent: number,
  window: number,
  stride: number,
  made: number,
  padding: Padding,
): readonly [number, number] {
  if (padding !== 'same') return [0, 0];
  const missing = Math.max(0, (made - 1) * stride + window - extent);
  return [missing >> 1, missing - (missing >> 1)];
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);

const sameExtents = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((extent, i) => extent === b[i]);

const told = (shape: readonly number[]): string => `has the shape [${shape.join(', ')}]`;

function assertRank(spec: LayerSpec, shape: readonly number[], rank: number, wanted: string, at: Path): void {
  if (shape.length === rank) return;
  fail(at, `is ${spec.type}, which works on ${wanted}, but its input ${told(shape)}`);
}

const failUnlike = (a: readonly number[], b: readonly number[], how: string, at: Path): never =>
  fail([...at, 'of'], `names inputs of the shapes [${a.join(', ')}] and [${b.join(', ')}], which must be ${how}`);

type Path = readonly (string | number)[];

function fail(at: Path, problem: string): never {
  throw networkError('NETWORK_DESCRIPTION_INVALID', `${at.join('/')} ${problem}`, { data: { at, problem } });
}
