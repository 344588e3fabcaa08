import type { EnvironmentCatalog } from '../envs/index.js';
import type { JobSpec } from '../jobs/index.js';
import { type JobPlan, planJob } from './plan.js';

/** Longest JSON of an observation space with its bounds: those of pictures are longer than all else in a checkpoint's header. */
const MAX_BOUNDS_LENGTH = 65_536;

/** What a checkpoint tells of its policies, so that one can act by them without the job spec and the environment. Plain JSON, where
 *  an infinite bound of a space is null.
 *  `acting`: for each policy, in the plan's order, how many of the weights are its own, and the agents that act by it; `forms` has at
 *  `form` what it shares with policies that are made alike. */
export interface ActingFacts {
  readonly acting: readonly {
    readonly policyId: string;
    readonly count: number;
    readonly agents: readonly string[];
    readonly form: number;
  }[];
  readonly forms: readonly unknown[];
  /** Where the weights come from. */
  readonly origin: { readonly environment: string; readonly seed: number };
}

export function actingFacts({ spec, policies, actingCounts, environment, identities }: JobPlan): ActingFacts {
  const forms: string[] = [];
  const acting = policies.map(({ policyId, agents, policySpec, algorithm, initial }, p) => {
    const { observationSpace, actionSpace, masked = false } = environment.agents[agents[0]!]!;
    const { network, distribution, levelNetworks, levels } = policySpec;
    const bounded = JSON.stringify(observationSpace).length <= MAX_BOUNDS_LENGTH;
    const text = JSON.stringify({
      observationSpace: bounded ? observationSpace : { kind: 'box', shape: observationSpace.shape },
      actionSpace,
      masked,
      // Each agent then sees, behind its observation, its place among those of the policy.
      agentIds: identities[agents[0]!]!.length > 0,
      // Of a network by code nothing is known that others could make it of.
      spec: { network: network.byCode === undefined ? network : { kind: 'code' }, distribution, levelNetworks, levels },
      algorithm,
      ...(initial === undefined ? {} : { initial }),
    });
    let form = forms.indexOf(text);
    if (form === -1) form = forms.push(text) - 1;
    return { policyId, count: actingCounts[p]!, agents: agents.map((agent) => environment.agents[agent]!.id), form };
  });
  const origin = { environment: spec.env.id, seed: spec.seed };
  return { acting, forms: forms.map((text): unknown => JSON.parse(text)), origin };
}

/** What checkpoints of a job would tell of its policies. Throws what planning a job throws. */
export const describePolicies = (spec: JobSpec, environments: EnvironmentCatalog): ActingFacts =>
  actingFacts(planJob('description', spec, environments));
