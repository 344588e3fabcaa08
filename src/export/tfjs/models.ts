import { elementSize } from '../../spaces/index.js';
import type { NamedFile } from '../archive/zip.js';
import type { PolicyCard } from '../card.js';
import { type DenseStack, policyStacks } from '../dense-stack.js';
import { levelLaws } from '../level-laws.js';
import { layoutOf } from '../parameters.js';
import { LayersModel, type Tensor } from './layers-model.js';

const WEIGHTS_FILE = 'weights.bin';

/** A policy's networks as TensorFlow.js layers models: model.json and weights.bin, of a hierarchical action in a folder of each
 *  level's name. Inputs are the observation [N, F] (with what agents see of themselves) and, for a level, the decisions before it
 *  [N, E]; the output is the network's own [N, O]. What follows from it is told by the card, which is a model's
 *  `userDefinedMetadata`. */
export function tensorflowModels(card: PolicyCard, parameters: Float32Array): readonly NamedFile[] {
  const { policy } = card;
  const laws = levelLaws(policy);
  const { trunk, levels } = policyStacks(policy, laws, layoutOf(policy, parameters.length), parameters);
  const observationSize = elementSize(policy.observationSpace);
  return laws.flatMap(({ name, earlier }, l) => {
    const model = new LayersModel(name ?? 'policy');
    const observation = model.input('observation', observationSize);
    const features = trunk === null ? observation : addStack(model, trunk, observation, 'trunk');
    const inputs =
      earlier === null || earlier.size === 0
        ? features
        : model.concatenate('features', [features, model.input('earlier', earlier.size)]);
    const outputs = addStack(model, levels[l]!, inputs, 'network');
    const { topology, manifest, weights } = model.finish(outputs, WEIGHTS_FILE);
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

function addStack(model: LayersModel, { normalization, layers }: DenseStack, input: Tensor, name: string): Tensor {
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
  for (const [l, layer] of layers.entries()) value = model.dense(`${name}_layer_${l}`, value, layer);
  return value;
}
