import type { AlgorithmDefinition } from '../algorithms/index.js';
import type { Environment } from '../envs/index.js';
import { actingParametersOf } from './acting-parameters.js';
import { type Fault, join, listNames, problem, wrongValue } from './faults.js';
import { mergeAlgorithm } from './layers.js';
import { algorithmLayers, atItsLayer, type PlacedLayer } from './placed-layers.js';
import { resolvePolicies } from './resolve.js';
import type { JobSpec } from './spec.js';

/** Whether the algorithm of a policy looks at another policy, which an option names. */
export function namesPeer(
  spec: JobSpec,
  policyId: string,
  algorithms: readonly AlgorithmDefinition[] | undefined,
): boolean {
  if (algorithms === undefined) return false;
  const { id } = mergeAlgorithm(algorithmLayers(spec, policyId).map(({ layer }) => layer));
  return algorithms.find((entry) => entry.id === id)?.peerOption !== undefined;
}

/** Refuses a policy's look at itself, or at a policy that there is not among `known`. */
export function validatePeer(
  policyId: string,
  options: Readonly<Record<string, unknown>>,
  known: readonly string[],
  definition: AlgorithmDefinition | undefined,
  layers: readonly PlacedLayer[],
  faults: Fault[],
): void {
  const option = definition?.peerOption;
  if (option === undefined) return;
  const peer = options[option];
  const others = known.filter((id) => id !== policyId);
  if (others.includes(peer as string)) return;
  const names = listNames(known.map((id) => JSON.stringify(id)));
  const allowed =
    others.length === 0 ? `another policy, and ${names} is the only one of the job` : `another policy out of ${names}`;
  const pointer = join('', option);
  const fault =
    peer === policyId
      ? problem(pointer, peer, allowed, `is "${policyId}", the policy itself, but must be ${allowed}`)
      : wrongValue(pointer, peer, allowed, others);
  faults.push(atItsLayer(fault, layers));
}

/** Refuses a look at a policy whose weights are not of one's own shape. For a spec that has no other fault;
 *  `layersOf` are as they were written. */
export function checkPeers(
  spec: JobSpec,
  environment: Environment,
  algorithms: readonly AlgorithmDefinition[],
  layersOf: (policyId: string) => readonly PlacedLayer[],
  faults: Fault[],
): void {
  const policies = resolvePolicies(spec, environment);
  for (const policy of policies) {
    const { policyId, algorithm } = policy;
    const option = algorithms.find(({ id }) => id === algorithm.id)?.peerOption;
    if (option === undefined) continue;
    const peer = policies.find((other) => other.policyId === algorithm.options[option])!;
    const [own, its] = [policy, peer].map((each) => actingParametersOf(each, environment, algorithms));
    if (own === its) continue;
    const allowed = 'a policy of the same observations, actions, network and distribution';
    const why = `is "${peer.policyId}", which acts by ${its} parameters, and "${policyId}" by ${own}; it must be ${allowed}`;
    faults.push(atItsLayer(problem(join('', option), peer.policyId, allowed, why), layersOf(policyId)));
  }
}
