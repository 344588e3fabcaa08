import type { AlgorithmDefinition } from '../algorithms/index.js';
import type { AgentSpec } from '../envs/index.js';
import { type Fault, join, problem } from './faults.js';
import { EVERY_POLICY, overrideLayers } from './layers.js';
import { resolvePolicySpec } from './resolve.js';
import type { JobSpec } from './spec.js';

const NETWORKS = ['network', 'valueNetwork'] as const;

/** Refuses normalized inputs where nobody would keep their statistics. */
export function validateInputs(
  spec: JobSpec,
  policyId: string,
  agents: readonly AgentSpec[],
  algorithm: AlgorithmDefinition | undefined,
  faults: Fault[],
): void {
  if (algorithm === undefined) return;
  const settings = resolvePolicySpec(spec, policyId);
  const inLevels = agents.some((agent) => agent.actionSpace.kind === 'hierarchical');
  for (const name of NETWORKS) {
    if (settings[name]?.normalizeInput !== true) continue;
    const why = algorithm.capabilities.normalizesInputs
      ? inLevels && 'is for actions of one level only'
      : `is nothing that "${algorithm.id}" can learn`;
    if (!why) continue;
    const layers = overrideLayers(spec, policyId);
    const own = layers.at(-1)?.[name] !== undefined && Object.hasOwn(spec.policies, policyId);
    const pointer = join(join(join('/policies', own ? policyId : EVERY_POLICY), name), 'normalizeInput');
    faults.push(problem(pointer, true, 'false or absent', `${why}; leave it out`));
    return;
  }
}
