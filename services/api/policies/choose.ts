import { join } from 'node:path';
import { agentNamed, createEnvironment, findEnvironment } from '../../../src/envs/index.js';
import { type JobSpec, resolvePolicies } from '../../../src/jobs/index.js';
import type { Space } from '../../../src/spaces/index.js';
import { listCheckpoints } from '../checkpoint-file.js';
import type { ApiContext } from '../context.js';
import { apiError } from '../errors.js';
import type { JobHistories } from '../series/job-histories.js';

/** Which checkpoint of a job: one by its iterations, the newest, or the one whose evaluation was the best. */
export type CheckpointChoice = number | 'newest' | 'best';

/** A policy of a job, and what its agents see and do. */
export interface ChosenPolicy {
  readonly policyId: string;
  readonly agents: readonly string[];
  /** Without what agents see of themselves. */
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly masked: boolean;
}

/** A policy of a job; without an id, the only one there is. Throws API_POLICY_UNFIT. */
export function choosePolicy(
  spec: JobSpec,
  policyId: string | undefined,
  { catalogs }: Pick<ApiContext, 'catalogs'>,
): ChosenPolicy {
  const environment = createEnvironment(findEnvironment(catalogs.environments, spec.env.id), spec.env.options);
  const policies = resolvePolicies(spec, environment);
  const only = policyId === undefined && policies.length === 1 ? policies[0] : undefined;
  const chosen = only ?? policies.find((known) => known.policyId === policyId);
  if (chosen === undefined) {
    const what = policyId === undefined ? 'is missing' : `is ${JSON.stringify(policyId)}`;
    throw unfit('/policy', `${what}; the job has ${policies.map((known) => known.policyId).join(', ')}`);
  }
  // All agents of a policy have the same spaces.
  const agent = agentNamed(environment.agents, chosen.agentIds[0]!);
  const { observationSpace, actionSpace, masked = false } = agent;
  return { policyId: chosen.policyId, agents: chosen.agentIds, observationSpace, actionSpace, masked };
}

/** Iterations of the checkpoint that is chosen. Rejects with API_POLICY_UNFIT where there is none such, and with
 *  CHECKPOINT_READ_FAILED. */
export async function chooseCheckpoint(
  jobId: string,
  agents: readonly string[],
  choice: CheckpointChoice,
  context: Pick<ApiContext, 'options'>,
  histories: JobHistories,
): Promise<number> {
  const found = (await listCheckpoints(join(context.options.checkpointFolder, jobId), jobId)).map(
    ({ iteration }) => iteration,
  );
  const newest = found.at(-1);
  if (newest === undefined) throw unfit('/checkpoint', `cannot be chosen: job ${jobId} has no checkpoint yet`);
  if (choice === 'newest') return newest;
  if (choice !== 'best') {
    if (found.includes(choice)) return choice;
    throw unfit('/checkpoint', `is ${choice}; job ${jobId} has those of ${found.join(', ')}`);
  }
  const returns = await evaluatedReturns(jobId, agents, histories);
  let best: number | null = null;
  for (const iteration of found) {
    const own = returns.get(iteration);
    // Of equals the newest.
    if (own !== undefined && (best === null || own >= returns.get(best)!)) best = iteration;
  }
  if (best !== null) return best;
  const evaluated =
    returns.size === 0 ? 'none was evaluated' : `those evaluated are of ${[...returns.keys()].join(', ')}`;
  throw unfit('/checkpoint', `best cannot be told: job ${jobId} has those of ${found.join(', ')}, and ${evaluated}`);
}

/** Iteration → mean return of the agents in the evaluation after it. */
async function evaluatedReturns(
  jobId: string,
  agents: readonly string[],
  histories: JobHistories,
): Promise<ReadonlyMap<number, number>> {
  const { evaluations } = (await histories.read(jobId, true)).history;
  const columns = [...evaluations.columns].filter(
    ({ name, id }) => name === 'evaluation.return' && id !== null && agents.includes(id),
  );
  const returns = new Map<number, number>();
  evaluations.x('iteration').forEach((iteration, row) => {
    const values = columns.map(({ values }) => values[row] ?? Number.NaN);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    if (Number.isFinite(mean)) returns.set(iteration, mean);
  });
  return returns;
}

const unfit = (pointer: string, message: string): Error =>
  apiError('API_POLICY_UNFIT', `${pointer} ${message}`, { data: { faults: [{ pointer, message }] } });
