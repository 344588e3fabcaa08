import {
  INPUT_CLIP,
  type LayerActivation,
  type LayerSpec,
  layerStateSize,
  NORMALIZATION,
  type ParameterPart,
  type PlacedInput,
  type PlacedLayer,
  placeLayers,
  sizeOf,
} from '../networks/index.js';
import { elementSize } from '../spaces/index.js';
import type { PolicyDescription } from './description.js';
import type { LevelLaw } from './level-laws.js';

/** Parameters of a layer, row-major. */
export interface StackTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A layer as descriptions have them; docs/tensorflow.md tells what each computes. */
export interface StackLayer extends Pick<PlacedLayer, 'spec' | 'of' | 'shape'> {
  /** Of what it makes; "none" where it has none. */
  readonly activation: LayerActivation;
  /** In the order in which descriptions have the parts of such a layer. */
  readonly tensors: readonly StackTensor[];
  /** Where what it remembers lies in the state of the policy. */
  readonly state: { readonly offset: number; readonly size: number };
}

/** Layers on parts of the rows, which may be normalized first: clip((x − mean)·scale, ±clip). The last one makes a vector. */
export interface NetworkStack {
  readonly normalization: { readonly mean: Float32Array; readonly scale: Float32Array; readonly clip: number } | null;
  readonly inputSize: number;
  readonly inputs: readonly PlacedInput[];
  readonly layers: readonly StackLayer[];
}

/** The networks of a policy: what all levels share, which may be nothing, and one for each level on top of it. */
export interface PolicyStacks {
  readonly trunk: NetworkStack | null;
  readonly levels: readonly NetworkStack[];
}

/** Cuts a policy's parameters, laid out as `layout` says, into its networks. */
export function policyStacks(
  { spec, observationSpace, actionSpace }: PolicyDescription,
  laws: readonly LevelLaw[],
  layout: readonly ParameterPart[],
  parameters: Float32Array,
): PolicyStacks {
  const { network } = spec;
  const observationSize = elementSize(observationSpace);
  const cutter = (prefix: string) => new StackCutter(network, layout, parameters, prefix);
  const inLevels = actionSpace.kind === 'hierarchical';
  if (network.kind === 'layers') {
    const described = cutter(inLevels ? 'trunk.' : '').described(observationSize);
    if (!inLevels) return { trunk: null, levels: [described] };
    return { trunk: described, levels: laws.map(({ name }) => cutter(`levels.${name}.`).dense('none')!) };
  }
  return {
    trunk: inLevels ? cutter('trunk.').dense(network.activation) : null,
    levels: laws.map(({ name }) => cutter(name === null ? '' : `levels.${name}.`).dense('none')!),
  };
}

/** Numbers that a policy remembers; 0 where it is not recurrent. */
export function stateSizeOf({ spec: { network } }: PolicyDescription): number {
  if (network.kind === 'mlp') return network.recurrent?.size ?? 0;
  return (network.layers ?? []).reduce((size, layer) => size + layerStateSize(layer), 0);
}

const NO_STATE = { offset: 0, size: 0 } as const;

/** Cuts one network, whose parameters have this prefix. */
class StackCutter {
  private readonly network: PolicyDescription['spec']['network'];
  private readonly layout: readonly ParameterPart[];
  private readonly parameters: Float32Array;
  private readonly prefix: string;

  constructor(
    network: PolicyDescription['spec']['network'],
    layout: readonly ParameterPart[],
    parameters: Float32Array,
    prefix: string,
  ) {
    this.network = network;
    this.layout = layout;
    this.parameters = parameters;
    this.prefix = prefix;
  }

  /** Described layers, and the output layer behind them where there is one. */
  described(inputSize: number): NetworkStack {
    const { inputs, layers: placed } = placeLayers(this.network, inputSize);
    const layers = placed.map(
      ({ spec, of, shape, parts, state }): StackLayer => ({
        spec,
        // Layers with weights have one.
        activation: parts.some(({ role }) => role === 'weights') ? this.activationOf(spec) : 'none',
        of,
        shape,
        tensors: parts.map(({ name }) => this.find(name)!),
        state,
      }),
    );
    const { shape } = layers.at(-1)!;
    const add = (spec: LayerSpec, made: readonly number[], tensors: readonly StackTensor[]): void => {
      const of = [inputs.length + layers.length - 1];
      layers.push({ spec, activation: 'none', of, shape: made, tensors, state: NO_STATE });
    };
    if (shape.length > 1) add({ type: 'flatten' }, [sizeOf(shape)], []);
    const output = this.pair('output');
    if (output !== null) add({ type: 'dense', units: output.outputs }, [output.outputs], output.tensors);
    return { normalization: this.normalization(), inputSize, inputs, layers };
  }

  /** Dense layers, and a unit behind them where there is one; null where there is nothing. */
  dense(last: LayerActivation): NetworkStack | null {
    const layers: StackLayer[] = [];
    const { activation } = this.network;
    let inputSize = 0;
    const add = (
      spec: LayerSpec,
      inputs: number,
      size: number,
      tensors: readonly StackTensor[],
      own: LayerActivation = activation,
    ): void => {
      if (layers.length === 0) inputSize = inputs;
      const state = { offset: 0, size: layerStateSize(spec) };
      layers.push({ spec, activation: own, of: [layers.length], shape: [size], tensors, state });
    };
    for (let pair = this.pair('layers.0'); pair !== null; pair = this.pair(`layers.${layers.length}`)) {
      add({ type: 'dense', units: pair.outputs }, pair.inputs, pair.outputs, pair.tensors);
    }
    const unit = ['inputWeights', 'inputBias', 'stateWeights', 'stateBias'].map((name) => this.find(`gru.${name}`));
    const output = this.pair('output');
    if (unit[0] !== undefined) {
      const [inputs, columns] = unit[0].shape as [number, number];
      add({ type: 'gru', units: columns / 3 }, inputs, columns / 3, unit as StackTensor[], 'none');
    }
    if (output !== null)
      add({ type: 'dense', units: output.outputs }, output.inputs, output.outputs, output.tensors, last);
    const final = layers.at(-1);
    if (final === undefined) return null;
    if (final.spec.type === 'dense') layers[layers.length - 1] = { ...final, activation: last };
    const inputs = [{ name: 'input', offset: 0, shape: [inputSize] }];
    return { normalization: this.normalization(), inputSize, inputs, layers };
  }

  private activationOf(spec: LayerSpec): LayerActivation {
    return ('activation' in spec ? spec.activation : undefined) ?? this.network.activation;
  }

  private normalization(): NetworkStack['normalization'] {
    const mean = this.find(NORMALIZATION.mean)?.values;
    const scale = this.find(NORMALIZATION.scale)?.values;
    return mean === undefined || scale === undefined ? null : { mean, scale, clip: INPUT_CLIP };
  }

  /** Weights and bias of a dense layer. */
  private pair(name: string) {
    const [weights, bias] = [this.find(`${name}.weights`), this.find(`${name}.bias`)];
    if (weights === undefined || bias === undefined) return null;
    const [inputs, outputs] = weights.shape as [number, number];
    return { inputs, outputs, tensors: [weights, bias] };
  }

  private find(name: string): StackTensor | undefined {
    const part = this.layout.find((one) => one.name === this.prefix + name);
    if (part === undefined) return undefined;
    const { shape, offset } = part;
    return { name, shape, values: this.parameters.subarray(offset, offset + sizeOf(shape)) };
  }
}
