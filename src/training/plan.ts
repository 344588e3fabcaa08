import { findAlgorithm } from '../algorithms/index.js';
import {
  createEnvironment,
  type Environment,
  type EnvironmentCatalog,
  type EnvironmentDefinition,
  findEnvironment,
} from '../envs/index.js';
import type { TrajectoryLayout, TrajectoryPiece } from '../experience/index.js';
import {
  algorithmDistribution,
  batchLayout,
  type JobSpec,
  type PolicyUnit,
  partsOf,
  pieceOf,
  type ResolvedPolicy,
  resolvePolicies,
  scheduleOf,
  seenByPolicies,
  unitCosts,
  unitsOf,
} from '../jobs/index.js';
import { policyParameterCount } from '../policies/parameter-count.js';
import { elementSize } from '../spaces/index.js';
import { type Models, withModels } from './models.js';

/** One policy of a job, and which of the environment's agents act by it. */
export interface PlannedPolicy extends ResolvedPolicy {
  /** Positions in the environment's list of agents, ascending. */
  readonly agents: readonly number[];
}

/** What every thread derives from a job spec, and derives alike. Holds no arrays. */
export interface JobPlan {
  readonly jobId: string;
  readonly spec: JobSpec;
  readonly definition: EnvironmentDefinition;
  /** As the policies see it. */
  readonly environment: Environment;
  /** agent → what it sees of itself behind its observation. */
  readonly identities: readonly (readonly number[])[];
  readonly policies: readonly PlannedPolicy[];
  /** In the order of their first policies; every policy is in one. */
  readonly units: readonly PolicyUnit[];
  /** policy → position of its unit in `units`. */
  readonly unitOf: readonly number[];
  /** part → positions of its units; one part unless the job may be spread over several learners. */
  readonly parts: readonly (readonly number[])[];
  /** part → what it needs of a trajectory batch. */
  readonly pieces: readonly TrajectoryPiece[];
  /** agent → position of its policy in `policies`. */
  readonly policyOf: readonly number[];
  /** policy → parameters that acting takes. */
  readonly actingCounts: readonly number[];
  readonly layout: TrajectoryLayout;
  /** Trajectory batches that an iteration consumes. */
  readonly batchesPerIteration: number;
  /** Steps of all instances of all shards in one iteration. */
  readonly envStepsPerIteration: number;
  readonly agentStepsPerIteration: number;
}

/** Throws TRAINING_MODEL_UNFIT, and what making the environment and resolving the policies throws. */
export function planJob(jobId: string, spec: JobSpec, catalog: EnvironmentCatalog, models?: Models): JobPlan {
  const definition = findEnvironment(catalog, spec.env.id);
  const { environment, identities } = seenByPolicies(spec, createEnvironment(definition, spec.env.options));
  const placeOf = new Map(environment.agents.map(({ id }, agent) => [id, agent]));
  const policies = withModels(resolvePolicies(spec, environment), environment, models).map((policy) => {
    const agents = policy.agentIds.map((id) => placeOf.get(id)!);
    return { ...policy, policySpec: withDistribution(policy, environment.agents[agents[0]!]!), agents };
  });
  const units = unitsOf(policies, findAlgorithm);
  const actingCounts = policies.map(({ agents, policySpec }) => {
    const { observationSpace, actionSpace, masked = false } = environment.agents[agents[0]!]!;
    return policyParameterCount(elementSize(observationSpace), actionSpace, masked, policySpec);
  });
  const costs = unitCosts(
    units,
    policies.map(({ agents }) => agents.length),
    actingCounts,
  );
  const parts = partsOf(spec, units, policies, costs, findAlgorithm);
  const { envsPerShard, horizon } = spec.rollout;
  const { batchesPerIteration } = scheduleOf(spec);
  const envSteps = batchesPerIteration * envsPerShard * horizon;
  return {
    jobId,
    spec,
    definition,
    environment,
    identities,
    policies,
    units,
    unitOf: ownersOf(units.map((unit) => unit.policies)),
    policyOf: ownersOf(policies.map((policy) => policy.agents)),
    parts,
    pieces: parts.map((part) =>
      pieceOf(
        part.map((unit) => units[unit]!),
        policies,
        findAlgorithm,
      ),
    ),
    actingCounts,
    batchesPerIteration,
    layout: batchLayout(spec.rollout, environment, policies),
    envStepsPerIteration: envSteps,
    agentStepsPerIteration: envSteps * environment.agents.length,
  };
}

/** Of lists that have each of 0 … n − 1 once together: the position of the list that has it. */
function ownersOf(lists: readonly (readonly number[])[]): readonly number[] {
  const owners: number[] = [];
  for (const [owner, list] of lists.entries()) for (const one of list) owners[one] = owner;
  return owners;
}

/** With the distribution that the algorithm has; `agent` is one that acts by it. */
function withDistribution(
  { policySpec, algorithm }: ResolvedPolicy,
  { actionSpace }: Environment['agents'][number],
): ResolvedPolicy['policySpec'] {
  const { capabilities } = findAlgorithm(algorithm.id);
  return { ...policySpec, distribution: algorithmDistribution(policySpec.distribution, capabilities, actionSpace) };
}
