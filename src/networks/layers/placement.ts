import { fail, type Inferred, inferLayer, type LayerPart, type Path, pairOf, sizeOf } from './shapes.js';
import type { InputsSpec, LayerSpec } from './spec.js';

/** Layers of one description at most. */
export const MAX_LAYERS = 128;
/** Parameters of one network at most: 64 MiB of float32, and as much for each of its gradients and moments. */
const MAX_PARAMETERS = 2 ** 24;
/** Numbers that all layers together make of one row at most: 4 MiB of float32. */
const MAX_ACTIVATIONS = 2 ** 20;
/** Work on one row at most, a second of filters or some of poolings: they see far more numbers than they make. */
const MAX_WORK = 2 ** 30;

/** Added to the variance where a layer norm has no ε of its own. */
export const LAYER_NORM_EPSILON = 1e-5;

/** The one input of a description without `inputs`. */
const WHOLE_OBSERVATION = 'observation';

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
  /** Numbers of the last layer's output. */
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
