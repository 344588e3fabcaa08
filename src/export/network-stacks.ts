import { INPUT_CLIP, NORMALIZATION, type ParameterPart } from '../networks/index.js';
import type { PolicyDescription } from './description.js';
import { exportError } from './errors.js';
import type { LevelLaw } from './level-laws.js';

/** y = activation(x·W + b), W [I, O] row-major. */
export interface DenseLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly activation: 'none' | 'tanh' | 'relu';
}

/** Dense layers one after the other, on inputs that may be normalized first: clip((x − mean)·scale, ±clip). */
export interface DenseStack {
  readonly normalization: { readonly mean: Float32Array; readonly scale: Float32Array; readonly clip: number } | null;
  readonly layers: readonly DenseLayer[];
}

/** The networks of a policy: what all levels share, which may be nothing, and one for each level on top of it. */
export interface PolicyStacks {
  readonly trunk: DenseStack | null;
  readonly levels: readonly DenseStack[];
}

/** Cuts a policy's parameters, laid out as `layout` says, into its networks. Throws EXPORT_UNSUPPORTED where they are not dense layers
 *  alone. */
export function policyStacks(
  { policyId, spec }: PolicyDescription,
  laws: readonly LevelLaw[],
  layout: readonly ParameterPart[],
  parameters: Float32Array,
): PolicyStacks {
  const { activation, recurrent } = spec.network;
  if (recurrent !== undefined) {
    const message = `policy "${policyId}" is recurrent, which models in this format are not; export it as safetensors`;
    throw exportError('EXPORT_UNSUPPORTED', message, { data: { policyId } });
  }
  const cut = (prefix: string, last: DenseLayer['activation']): DenseStack | null => {
    const find = (name: string) => {
      const part = layout.find((one) => one.name === prefix + name);
      if (part === undefined) return undefined;
      const size = part.shape.reduce((product, extent) => product * extent, 1);
      return { shape: part.shape, values: parameters.subarray(part.offset, part.offset + size) };
    };
    const layers: DenseLayer[] = [];
    for (let l = 0; ; l++) {
      const weights = find(`layers.${l}.weights`);
      const bias = find(`layers.${l}.bias`);
      if (weights === undefined || bias === undefined) break;
      const [inputs, outputs] = weights.shape as [number, number];
      layers.push({ inputs, outputs, weights: weights.values, bias: bias.values, activation });
    }
    if (layers.length === 0) return null;
    layers.push({ ...layers.pop()!, activation: last });
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
