import { type JobSpec, previewJob } from '../../../src/jobs/index.js';
import type { ApiContext } from '../context.js';
import type { DryRun } from '../schemas/dry-run.js';
import type { Principal } from '../security/principal.js';
import { assertInitialJobs } from './initial-jobs.js';
import { mayAccess } from './summary.js';

/** What launching a spec would make, without making it. How long it would take is told from the newest job of the same environment
 *  and algorithm that the principal may see, if any has made iterations. */
export async function dryRun(
  context: ApiContext,
  principal: Principal,
  spec: JobSpec,
  forkedFrom: DryRun['forkedFrom'] = null,
): Promise<DryRun> {
  await assertInitialJobs(context, principal, spec);
  const { policies, agents, notes, ...sizes } = previewJob(spec, context.catalogs);
  const alike = await newestAlike(context, principal, spec);
  // What a fork goes on from is made already.
  const made = (forkedFrom?.iteration ?? 0) * sizes.agentStepsPerIteration;
  const seconds =
    alike === null || sizes.agentSteps === null
      ? null
      : Math.max(0, sizes.agentSteps - made) / alike.agentStepsPerSecond;
  return {
    spec,
    forkedFrom,
    plan: {
      ...sizes,
      agents: [...agents],
      policies: policies.map(({ policyId, ...policy }) => ({ id: policyId, ...policy, agents: [...policy.agents] })),
    },
    estimate: { seconds, agentStepsPerSecond: alike?.agentStepsPerSecond ?? null, basedOn: alike?.jobId ?? null },
    notes: [...notes],
  };
}

/** Jobs that are looked into. */
const LOOKED_INTO = 5;

async function newestAlike({ jobIndex, progress }: ApiContext, principal: Principal, spec: JobSpec) {
  // A copy: jobs come and go while histories are read.
  const sorted = [...(await jobIndex.sortedBy('createdAt'))];
  const begun = new Set(['running', 'paused', 'succeeded']);
  for (let at = sorted.length - 1, looked = 0; at >= 0 && looked < LOOKED_INTO; at--) {
    const { jobId, env, algorithm, state, owner } = sorted[at]!;
    if (env !== spec.env.id || algorithm !== spec.algorithm.id || !begun.has(state)) continue;
    if (!mayAccess(principal, owner)) continue;
    looked++;
    const { agentStepsPerSecond } = await progress.read(jobId);
    if (agentStepsPerSecond !== null && agentStepsPerSecond > 0) return { jobId, agentStepsPerSecond };
  }
  return null;
}
