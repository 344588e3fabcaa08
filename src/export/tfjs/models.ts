import { elementSize } from '../../spaces/index.js';
import type { NamedFile } from '../archive/zip.js';
import type { PolicyCard } from '../card.js';
import { levelLaws } from '../level-laws.js';
import { policyStacks, stateSizeOf } from '../network-stacks.js';
import { layoutOf } from '../parameters.js';
import { LayersModel } from './layers-model.js';
import { Memory } from './memory.js';
import { addNetwork } from './network.js';

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
    const features = trunk === null ? observation : addNetwork(model, trunk, observation, 'trunk', memory);
    const inputs =
      earlier === null || earlier.size === 0
        ? features
        : model.concatenate('features', [features, model.input('earlier', earlier.size)]);
    const outputs = addNetwork(model, levels[l]!, inputs, 'network', memory);
    const results = memory === null ? [outputs] : [outputs, memory.finish()];
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
