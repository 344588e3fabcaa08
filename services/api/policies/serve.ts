import { join } from 'node:path';
import { checkpointName } from '../../../src/checkpoints/index.js';
import { type JobSpec, metadataOf } from '../../../src/jobs/index.js';
import { takePolicy, threadPolicyBytes } from '../../../src/serving/index.js';
import { elementSize, maskSize } from '../../../src/spaces/index.js';
import { CheckpointFile, withoutPaths } from '../checkpoint-file.js';
import type { ApiContext } from '../context.js';
import { apiError } from '../errors.js';
import { findJob } from '../jobs/access.js';
import { mayAccess } from '../jobs/summary.js';
import type { Principal } from '../security/principal.js';
import type { JobHistories } from '../series/job-histories.js';
import { type CheckpointChoice, chooseCheckpoint, choosePolicy } from './choose.js';
import { mintFileName, policyPath, removeFile, removeOldFiles, removePolicyFolder } from './policy-folder.js';
import { type PolicyNames, policyUnknown } from './policy-names.js';
import { type NamedPolicy, namedPolicyOf, type ServedPolicy } from './served-policy.js';

export interface Serving {
  readonly job: string;
  readonly checkpoint: CheckpointChoice;
  readonly policy?: string;
}

export interface Preconditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

export interface Served {
  readonly named: NamedPolicy;
  /** Whether there was no policy of the name. */
  readonly created: boolean;
}

type ServeContext = Pick<ApiContext, 'broker' | 'clock' | 'catalogs' | 'options'>;

/** Has a name stand for a policy of a checkpoint: one write of the broker, after the policy was taken into a file of its own, so that
 *  the job may remove the checkpoint, and be deleted. A name that stands for it already is left as it is, whatever the preconditions, so
 *  that a request may be repeated. Rejects with API_JOB_UNKNOWN, API_POLICY_TAKEN, API_POLICY_UNFIT, API_POLICIES_EXCEEDED,
 *  API_PRECONDITION_REQUIRED, API_PRECONDITION_FAILED, and as `takePolicy` does. */
export async function servePolicy(
  context: ServeContext,
  { names, histories }: { readonly names: PolicyNames; readonly histories: JobHistories },
  principal: Principal,
  name: string,
  serving: Serving,
  preconditions: Preconditions,
  signal: AbortSignal,
): Promise<Served> {
  const { broker, clock, options } = context;
  const { checkpointFolder } = options;
  const stored = await broker.servedPolicies.get(name);
  const known = stored === null ? null : namedPolicyOf(stored);
  if (known !== null && !mayAccess(principal, known.policy.owner)) {
    throw apiError('API_POLICY_TAKEN', `the name ${name} is another owner’s; take another`, { data: { name } });
  }
  const { record } = await findJob(context, principal, serving.job);
  const chosen = choosePolicy(JSON.parse(record.spec) as JobSpec, serving.policy, context);
  const { policyId, agents, observationSpace, actionSpace, masked } = chosen;
  const { jobId } = record;
  const iteration = await chooseCheckpoint(jobId, agents, serving.checkpoint, context, histories);
  const folder = join(checkpointFolder, jobId);
  const checkpoint = await CheckpointFile.open(folder, jobId, iteration);
  await checkpoint.close();
  if (known !== null && standsFor(known.policy, jobId, iteration, policyId, checkpoint.digest)) {
    return { named: known, created: false };
  }
  assertPreconditions(name, known, preconditions);
  if (known === null) await assertQuota(context, principal);

  const file = mintFileName();
  const path = policyPath(checkpointFolder, name, file);
  try {
    const source = { path: join(folder, checkpointName(iteration)), iteration, policyId };
    const limit = { policyBytes: threadPolicyBytes({ ...options, threads: options.policyThreads }) };
    const taken = await withoutPaths(jobId, iteration, () => takePolicy(source, path, limit, signal));
    const policy: ServedPolicy = {
      owner: metadataOf(record).owner ?? null,
      jobId,
      iteration,
      policyId,
      digest: taken.digest,
      file,
      previousFile: known?.policy.file ?? null,
      servedAt: clock.now(),
      servedBy: principal.owner,
      parameters: taken.parameters,
      observationSpace,
      actionSpace,
      observationSize: elementSize(observationSpace),
      actionSize: elementSize(actionSpace),
      maskSize: masked ? maskSize(actionSpace) : 0,
      agents,
      tellsAgents: taken.tellsAgents,
      stateSize: taken.stateSize,
    };
    const written = await broker.servedPolicies.compareAndSet(known?.revision ?? null, {
      name,
      policy: JSON.stringify(policy),
    });
    if (written === null) throw changedMeanwhile(name);
    names.forget();
    // Failing to tidy up is no reason to say that it is not served.
    await removeOldFiles(checkpointFolder, name, [file, policy.previousFile], clock.now()).catch(() => {});
    return { named: namedPolicyOf(written), created: known === null };
  } catch (error) {
    // Where the broker did not answer, the name may stand for it.
    if ((error as { readonly retryable?: unknown }).retryable !== true) await removeFile(checkpointFolder, name, file);
    throw error;
  }
}

/** Has a name stand for nothing any more. Rejects with API_POLICY_UNKNOWN and API_PRECONDITION_FAILED. */
export async function stopServing(
  { broker, options }: ServeContext,
  names: PolicyNames,
  principal: Principal,
  name: string,
  ifMatch: string | undefined,
): Promise<void> {
  const stored = await broker.servedPolicies.get(name);
  const known = stored === null ? null : namedPolicyOf(stored);
  if (known === null || !mayAccess(principal, known.policy.owner)) throw policyUnknown(name);
  if (ifMatch !== undefined) assertPreconditions(name, known, { ifMatch, ifNoneMatch: undefined });
  if (!(await broker.servedPolicies.remove(name, known.revision))) throw changedMeanwhile(name);
  names.forget();
  await removePolicyFolder(options.checkpointFolder, name).catch(() => {});
}

export const etagOf = ({ revision }: NamedPolicy): string => `"${revision}"`;

const standsFor = (policy: ServedPolicy, jobId: string, iteration: number, policyId: string, digest: string): boolean =>
  policy.jobId === jobId && policy.iteration === iteration && policy.policyId === policyId && policy.digest === digest;

function assertPreconditions(name: string, known: NamedPolicy | null, { ifMatch, ifNoneMatch }: Preconditions): void {
  const tags = ifMatch?.split(',').map((tag) => tag.trim());
  if (known === null) {
    if (tags !== undefined) throw changedMeanwhile(name);
    return;
  }
  if (ifNoneMatch !== undefined) throw changedMeanwhile(name);
  if (tags === undefined) {
    throw apiError(
      'API_PRECONDITION_REQUIRED',
      `the name ${name} stands for another policy: send If-Match with the ETag that it had when it was read, or * for any`,
    );
  }
  if (!tags.includes('*') && !tags.includes(etagOf(known))) throw changedMeanwhile(name);
}

async function assertQuota({ broker, options }: ServeContext, principal: Principal): Promise<void> {
  const own = (await broker.servedPolicies.list()).filter(
    (stored) => namedPolicyOf(stored).policy.owner === principal.owner,
  );
  if (own.length < options.policies) return;
  throw apiError(
    'API_POLICIES_EXCEEDED',
    `${principal.owner} has ${own.length} names of served policies, and may have ${options.policies}`,
    { data: { limit: options.policies } },
  );
}

const changedMeanwhile = (name: string): Error =>
  apiError('API_PRECONDITION_FAILED', `the name ${name} was changed since it was read; read it again`, {
    data: { name },
  });
