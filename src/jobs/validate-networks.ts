import type { AlgorithmDefinition } from '../algorithms/index.js';
import { MarlinError } from '../base/index.js';
import type { AgentSpec } from '../envs/index.js';
import { type LayersDescription, networkStateSize, placeLayers } from '../networks/spec.js';
import { elementSize } from '../spaces/index.js';
import { type Fault, join, problem } from './faults.js';
import { EVERY_POLICY, overrideLayers } from './layers.js';
import { resolvePolicySpec, wholeObservation } from './resolve.js';
import type { JobSpec } from './spec.js';

type NetworkField = 'network' | 'valueNetwork';
/** What a network of kind "layers" has no use for. */
const OF_DENSE_NETWORKS = ['hidden', 'recurrent'] as const;

/** Checks networks of kind "layers": that they are described, that their layers fit the observation and each other, and that no
 *  critic which sees something else is built by the description of a policy. */
export function validateNetworks(
  spec: JobSpec,
  policyId: string,
  agents: readonly AgentSpec[],
  algorithm: AlgorithmDefinition | undefined,
  faults: Fault[],
): void {
  const settings = resolvePolicySpec(spec, policyId);
  const place = placeOf(spec, policyId);
  for (const field of ['network', 'valueNetwork'] as const) {
    const network = settings[field];
    if (network?.kind !== 'layers') continue;
    const misplaced = OF_DENSE_NETWORKS.find((name) => place.sameLayerSets(field, name));
    if (misplaced !== undefined) {
      const why = 'is for networks of kind "mlp"; describe it in "layers" instead';
      faults.push(problem(place.of(field, misplaced), network[misplaced], 'nothing, with kind "layers"', why));
      return;
    }
    const agent = agents[0];
    // Under "*" nobody's observation is known; those of all policies are checked in their turn.
    const inputs = network.inputs ?? (agent && wholeObservation(agent.observationSpace.shape));
    if (inputs === undefined && network.layers !== undefined) continue;
    // What a critic sees is known to its algorithm only: of its inputs no end is checked here.
    const seen = field === 'network' && agent !== undefined ? elementSize(agent.observationSpace) : Infinity;
    const fault = descriptionFault({ ...network, inputs }, seen, (...at) => place.of(field, ...at));
    if (fault !== undefined) {
      faults.push(fault);
      return;
    }
  }
  if (settings.network.kind !== 'layers') return;
  const inSeparateLevels =
    settings.levelNetworks === 'separate' && agents.some(({ actionSpace }) => actionSpace.kind === 'hierarchical');
  if (inSeparateLevels) {
    const allowed = '"mlp" where every level has a network of its own';
    const why = 'is "layers", which does not see the decisions of earlier levels; set levelNetworks to "shared"';
    faults.push(problem(place.of('network', 'kind'), 'layers', allowed, why));
  } else if (
    algorithm !== undefined &&
    settings.valueNetwork === undefined &&
    (criticSeesMore(algorithm) || (networkStateSize(settings.network) > 0 && algorithm.capabilities.critic !== 'none'))
  ) {
    const allowed = 'a valueNetwork of its own';
    const why = `describes what the policy sees, but the critic of "${algorithm.id}" sees more: set valueNetwork too, of kind "mlp" or with "inputs" of its own`;
    faults.push(problem(place.of('network', 'kind'), 'layers', allowed, why));
  }
}

/** Whether critics see more than the observation: that of others, or the action that they judge. */
const criticSeesMore = ({ capabilities: { critic, onPolicy, actionSpaces } }: AlgorithmDefinition): boolean =>
  critic === 'centralized' || (critic !== 'none' && !onPolicy && actionSpaces.includes('box'));

function descriptionFault(
  network: LayersDescription,
  inputSize: number,
  pointerOf: (...at: readonly (string | number)[]) => string,
): Fault | undefined {
  try {
    placeLayers(network, inputSize);
    return undefined;
  } catch (error) {
    if (!(error instanceof MarlinError)) throw error;
    const { at, problem: why } = error.data as { at: readonly (string | number)[]; problem: string };
    const value = at.reduce<unknown>((inner, key) => (Object(inner) as Record<string, unknown>)[key], network);
    return problem(pointerOf(...at), value, 'layers that fit together', why);
  }
}

/** Where settings of a policy's networks are written. */
function placeOf(spec: JobSpec, policyId: string) {
  const layers = overrideLayers(spec, policyId);
  const hasOwn = Object.hasOwn(spec.policies, policyId);
  const layerOf = (field: NetworkField, name: string): number =>
    layers.findLastIndex((layer) => Object.hasOwn(layer[field] ?? {}, name));
  return {
    of(field: NetworkField, ...at: readonly (string | number)[]): string {
      const isOwn = hasOwn && layerOf(field, String(at[0])) === layers.length - 1;
      const start = join(join('/policies', isOwn ? policyId : EVERY_POLICY), field);
      return at.reduce<string>((pointer, key) => join(pointer, key), start);
    },
    /** Whether the settings that say it is of layers say something else of it too. */
    sameLayerSets: (field: NetworkField, name: string): boolean => {
      const layer = layerOf(field, name);
      return layer >= 0 && layer === layerOf(field, 'kind');
    },
  };
}
