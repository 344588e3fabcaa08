import { agentIdentities, type Environment, withAgentIds } from '../envs/index.js';
import { overrideLayers } from './layers.js';
import { resolvePolicies } from './resolve.js';
import type { JobSpec } from './spec.js';

/** An environment as the policies of a job see it. */
export interface SeenEnvironment {
  readonly environment: Environment;
  /** agent → what it sees of itself behind its observation. */
  readonly identities: readonly (readonly number[])[];
}

/** With agent ids behind the observations of policies that ask for them. Throws what `resolvePolicies` throws. */
export function seenByPolicies(spec: JobSpec, environment: Environment): SeenEnvironment {
  const groups = resolvePolicies(spec, environment)
    .filter(({ policyId }) => overrideLayers(spec, policyId).findLast(({ agentId }) => agentId !== undefined)?.agentId)
    .map(({ agentIds }) => agentIds);
  const identities = agentIdentities(environment.agents, groups);
  return { environment: withAgentIds(environment, identities), identities };
}
