import type { AlgorithmDefinition } from '../algorithms/index.js';
import { createEnvironment, findEnvironment } from '../envs/index.js';
import { actingParametersOf } from './acting-parameters.js';
import { seenByPolicies } from './environment.js';
import { partsOf } from './parts.js';
import { resolvePolicies } from './resolve.js';
import type { JobSpec } from './spec.js';
import { type PolicyUnit, unitsOf } from './units.js';
import type { JobCatalogs } from './validate.js';

/** Part → ids of the policies that are updated there, as `partsOf` deals their units; one part unless several learners may share the
 *  job. Loads no numeric code. Throws ENV_UNKNOWN, and what making the environment and resolving the policies
 *  throws, for a spec that was not validated with these catalogs. */
export function sharedPolicies(
  spec: JobSpec,
  { environments, algorithms }: JobCatalogs,
): readonly (readonly string[])[] {
  const own = createEnvironment(findEnvironment(environments, spec.env.id), spec.env.options);
  const { environment } = seenByPolicies(spec, own);
  const policies = resolvePolicies(spec, environment);
  const definitionOf = (algorithm: string): AlgorithmDefinition => algorithms.find(({ id }) => id === algorithm)!;
  const units = unitsOf(policies, definitionOf);
  const costs = unitCosts(
    units,
    policies.map(({ agentIds }) => agentIds.length),
    policies.map((policy) => actingParametersOf(policy, environment, algorithms)),
  );
  return partsOf(spec, units, policies, costs, definitionOf).map((part) =>
    part.flatMap((unit) => units[unit]!.policies.map((p) => policies[p]!.policyId)),
  );
}

/** unit → what its updates take, in agents × parameters. `agents`, `parameters`: of each policy. */
export const unitCosts = (
  units: readonly PolicyUnit[],
  agents: readonly number[],
  parameters: readonly number[],
): readonly number[] => units.map((unit) => unit.policies.reduce((sum, p) => sum + agents[p]! * parameters[p]!, 0));
