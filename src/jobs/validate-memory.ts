import type { AlgorithmDefinition } from '../algorithms/index.js';
import type { AgentSpec } from '../envs/index.js';
import { networkStateSize } from '../networks/spec.js';
import { type Fault, join, listNames, problem } from './faults.js';
import { EVERY_POLICY, overrideLayers } from './layers.js';
import { resolvePolicySpec } from './resolve.js';
import type { JobSpec } from './spec.js';

/** Refuses networks with a memory where nothing learns them or nobody would carry what they remember. */
export function validateMemory(
  spec: JobSpec,
  policyId: string,
  agents: readonly AgentSpec[],
  algorithm: AlgorithmDefinition | undefined,
  algorithms: readonly AlgorithmDefinition[],
  faults: Fault[],
): void {
  const { network, valueNetwork, levelNetworks } = resolvePolicySpec(spec, policyId);
  const refuse = (name: 'network' | 'valueNetwork', why: string, allowed: string): void => {
    const settings = { network, valueNetwork }[name]!;
    const field = settings.recurrent === undefined ? 'kind' : 'recurrent';
    const own = overrideLayers(spec, policyId).at(-1)?.[name] !== undefined && Object.hasOwn(spec.policies, policyId);
    const pointer = join(join(join('/policies', own ? policyId : EVERY_POLICY), name), field);
    faults.push(problem(pointer, settings[field], allowed, why));
  };
  if (valueNetwork !== undefined && networkStateSize(valueNetwork) > 0) {
    refuse(
      'valueNetwork',
      'gives the value network a memory of its own; it sees what the policy remembers: leave it out',
      'absent',
    );
  }
  if (networkStateSize(network) === 0) return;
  if (algorithm !== undefined && algorithm.capabilities.recurrent !== true) {
    const others = algorithms.filter(({ capabilities }) => capabilities.recurrent === true).map(({ id }) => `"${id}"`);
    refuse(
      'network',
      `is nothing that "${algorithm.id}" can learn; leave it out, or take ${listNames(others)}`,
      `absent with "${algorithm.id}"`,
    );
  } else if (levelNetworks === 'separate' && agents.some(({ actionSpace }) => actionSpace.kind === 'hierarchical')) {
    refuse(
      'network',
      'is for levels that share a network; leave it out, or set levelNetworks to "shared"',
      'absent with separate level networks',
    );
  }
}
