import { INPUT_CLIP, NORMALIZATION, type ParameterPart } from '../networks/index.js';
import type { PolicyDescription } from './description.js';
import type { LevelLaw } from './level-laws.js';

/** y = activation(x·W + b), W [I, O] row-major. */
export interface DenseLayer {
  readonly kind: 'dense';
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly activation: 'none' | 'tanh' | 'relu';
}

/** A gated recurrent unit: gates r, z, n of x·W + b and h·U + c, each [·, 3S]; h' = (1 − z) ∘ n + z ∘ h, n = tanh(x_n + r ∘ h_n). */
export interface GruLayer {
  readonly kind: 'gru';
  readonly inputs: number;
  readonly size: number;
  readonly inputWeights: Float32Array;
  readonly inputBias: Float32Array;
  readonly stateWeights: Float32Array;
  readonly stateBias: Float32Array;
}

/** Layers one after the other, on inputs that may be normalized first: clip((x − mean)·scale, ±clip). */
export interface NetworkStack {
  readonly normalization: { readonly mean: Float32Array; readonly scale: Float32Array; readonly clip: number } | null;
  readonly layers: readonly (DenseLayer | GruLayer)[];
}

/** The networks of a policy: what all levels share, which may be nothing, and one for each level on top of it. */
export interface PolicyStacks {
  readonly trunk: NetworkStack | null;
  readonly levels: readonly NetworkStack[];
}

/** Cuts a policy's parameters, laid out as `layout` says, into its networks. */
export function policyStacks(
  { spec }: PolicyDescription,
  laws: readonly LevelLaw[],
  layout: readonly ParameterPart[],
  parameters: Float32Array,
): PolicyStacks {
  const { activation } = spec.network;
  const cut = (prefix: string, last: DenseLayer['activation']): NetworkStack | null => {
    const find = (name: string) => {
      const part = layout.find((one) => one.name === prefix + name);
      if (part === undefined) return undefined;
      const size = part.shape.reduce((product, extent) => product * extent, 1);
      return { shape: part.shape, values: parameters.subarray(part.offset, part.offset + size) };
    };
    const dense = (name: string, wanted: DenseLayer['activation']): DenseLayer | undefined => {
      const [weights, bias] = [find(`${name}.weights`), find(`${name}.bias`)];
      if (weights === undefined || bias === undefined) return undefined;
      const [inputs, outputs] = weights.shape as [number, number];
      return { kind: 'dense', inputs, outputs, weights: weights.values, bias: bias.values, activation: wanted };
    };
    const layers: (DenseLayer | GruLayer)[] = [];
    for (let layer = dense('layers.0', activation); layer !== undefined; ) {
      layers.push(layer);
      layer = dense(`layers.${layers.length}`, activation);
    }
    const inputWeights = find('gru.inputWeights');
    if (inputWeights !== undefined) {
      layers.push({
        kind: 'gru',
        inputs: inputWeights.shape[0]!,
        size: inputWeights.shape[1]! / 3,
        inputWeights: inputWeights.values,
        inputBias: find('gru.inputBias')!.values,
        stateWeights: find('gru.stateWeights')!.values,
        stateBias: find('gru.stateBias')!.values,
      });
      const output = dense('output', last);
      if (output !== undefined) layers.push(output);
    } else {
      const final = layers.pop();
      if (final?.kind !== 'dense') return null;
      layers.push({ ...final, activation: last });
    }
    const mean = find(NORMALIZATION.mean)?.values;
    const scale = find(NORMALIZATION.scale)?.values;
    const normalization = mean === undefined || scale === undefined ? null : { mean, scale, clip: INPUT_CLIP };
    return { normalization, layers };
  };
  return {
    trunk: cut('trunk.', activation),
    levels: laws.map(({ name }) => cut(name === null ? '' : `levels.${name}.`, 'none')!),
  };
}

/** Numbers that a policy remembers; 0 where it is not recurrent. */
export const stateSizeOf = ({ spec }: PolicyDescription): number => spec.network.recurrent?.size ?? 0;
