import { elementSize } from '../../spaces/index.js';
import type { NamedFile } from '../archive/zip.js';
import type { PolicyCard } from '../card.js';
import { levelLaws } from '../level-laws.js';
import { type GruLayer, type NetworkStack, policyStacks, stateSizeOf } from '../network-stacks.js';
import { layoutOf } from '../parameters.js';
import { LayersModel, type Tensor } from './layers-model.js';

const WEIGHTS_FILE = 'weights.bin';

/** A policy's networks as TensorFlow.js layers models: model.json and weights.bin, of a hierarchical action in a folder of each
 *  level's name. Inputs are the observation [N, F] (with what agents see of themselves) and, for a level, the decisions before it
 *  [N, E]; the output is the network's own [N, O]. A recurrent policy's models take its state [N, S] too, and give the next one
 *  behind the output. What follows from it is told by the card, which is a model's
 *  `userDefinedMetadata`. */
export function tensorflowModels(card: PolicyCard, parameters: Float32Array): readonly NamedFile[] {
  const { policy } = card;
  const laws = levelLaws(policy);
  const { trunk, levels } = policyStacks(policy, laws, layoutOf(policy, parameters.length), parameters);
  const observationSize = elementSize(policy.observationSpace);
  return laws.flatMap(({ name, earlier }, l) => {
    const model = new LayersModel(name ?? 'policy');
    const observation = model.input('observation', observationSize);
    const stateSize = stateSizeOf(policy);
    const memory = stateSize === 0 ? null : new Memory(model, stateSize);
    const features = trunk === null ? observation : addStack(model, trunk, observation, 'trunk', memory);
    const inputs =
      earlier === null || earlier.size === 0
        ? features
        : model.concatenate('features', [features, model.input('earlier', earlier.size)]);
    const outputs = addStack(model, levels[l]!, inputs, 'network', memory);
    const results = memory?.next == null ? [outputs] : [outputs, memory.next];
    const { topology, manifest, weights } = model.finish(results, WEIGHTS_FILE);
    const json = {
      format: 'layers-model',
      generatedBy: `Marlin ${card.marlin}`,
      convertedBy: null,
      modelTopology: topology,
      weightsManifest: manifest,
      userDefinedMetadata: { marlin: card },
    };
    const folder = name === null ? '' : `${name}/`;
    return [
      { path: `${folder}model.json`, bytes: new TextEncoder().encode(JSON.stringify(json)) },
      { path: `${folder}${WEIGHTS_FILE}`, bytes: weights },
    ];
  });
}

/** What a recurrent policy remembers: an input of a model, and an output. */
class Memory {
  next: Tensor | null = null;
  private readonly model: LayersModel;
  private readonly state: Tensor;

  constructor(model: LayersModel, size: number) {
    this.model = model;
    this.state = model.input('state', size);
  }

  /** Adds the unit, of layers that there are; its state is the output. */
  add(input: Tensor, layer: GruLayer, name: string): Tensor {
    const { model, state } = this;
    const { inputs, size } = layer;
    const gate = (g: number, value: Tensor, rows: number, weights: Float32Array, bias: Float32Array, what: string) =>
      model.dense(`${name}_${'rzn'[g]}_${what}`, value, {
        inputs: rows,
        outputs: size,
        weights: columns(weights, rows, 3 * size, g * size, size),
        bias: bias.subarray(g * size, (g + 1) * size),
        activation: 'none',
      });
    const [xr, xz, xn] = [0, 1, 2].map((g) => gate(g, input, inputs, layer.inputWeights, layer.inputBias, 'x'));
    const [hr, hz, hn] = [0, 1, 2].map((g) => gate(g, state, size, layer.stateWeights, layer.stateBias, 'h'));
    const r = model.activation('sigmoid', `${name}_r`, model.merge('Add', `${name}_r_sum`, [xr!, hr!]));
    const z = model.activation('sigmoid', `${name}_z`, model.merge('Add', `${name}_z_sum`, [xz!, hz!]));
    const recalled = model.merge('Multiply', `${name}_recalled`, [r, hn!]);
    const n = model.activation('tanh', `${name}_n`, model.merge('Add', `${name}_n_sum`, [xn!, recalled]));
    const rest = model.batchNormalization(`${name}_rest`, z, { gamma: -1, beta: 1, mean: 0 });
    const fresh = model.merge('Multiply', `${name}_fresh`, [rest, n]);
    const kept = model.merge('Multiply', `${name}_kept`, [z, state]);
    this.next = model.merge('Add', `${name}_state`, [fresh, kept]);
    return this.next;
  }
}

/** Columns [from, from + count) of a matrix [rows, width]. */
function columns(matrix: Float32Array, rows: number, width: number, from: number, count: number): Float32Array {
  const part = new Float32Array(rows * count);
  for (let i = 0; i < rows; i++) part.set(matrix.subarray(i * width + from, i * width + from + count), i * count);
  return part;
}

function addStack(
  model: LayersModel,
  { normalization, layers }: NetworkStack,
  input: Tensor,
  name: string,
  memory: Memory | null,
): Tensor {
  let value = input;
  if (normalization !== null) {
    // (x − mean)·scale is batch normalization with variance 1 and ε 0; a bound is one whose γ is 0 and whose β is the bound.
    const { mean, scale, clip } = normalization;
    const bound = (sign: 'low' | 'high', value: number): Tensor =>
      model.batchNormalization(`${name}_${sign}`, input, { gamma: 0, beta: value, mean: 0 });
    const normalized = model.batchNormalization(`${name}_normalization`, input, { gamma: scale, beta: 0, mean });
    value = model.merge('Maximum', `${name}_least`, [normalized, bound('low', -clip)]);
    value = model.merge('Minimum', `${name}_most`, [value, bound('high', clip)]);
  }
  for (const [l, layer] of layers.entries()) {
    value =
      layer.kind === 'gru' ? memory!.add(value, layer, `${name}_gru`) : model.dense(`${name}_layer_${l}`, value, layer);
  }
  return value;
}
