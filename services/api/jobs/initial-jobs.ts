import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isImportId } from '../../../src/checkpoints/index.js';
import { type JobSpec, jobSpecError, metadataOf } from '../../../src/jobs/index.js';
import type { ApiContext } from '../context.js';
import type { Principal } from '../security/principal.js';
import { mayAccess } from './summary.js';

/** Policies may begin with weights of other jobs: of those that the principal may see, and of imports, which nobody can name who does
 *  not have their weights. Rejects with JOB_SPEC_INVALID, which does not
 *  tell a job of somebody else's from one that is not there. */
export async function assertInitialJobs(
  { broker, options }: Pick<ApiContext, 'broker' | 'options'>,
  principal: Principal,
  spec: JobSpec,
): Promise<void> {
  const faults = await Promise.all(
    Object.entries(spec.policies).map(async ([policyId, { initial }]) => {
      if (initial === undefined) return [];
      if (isImportId(initial.job) && existsSync(join(options.checkpointFolder, initial.job))) return [];
      const stored = await broker.jobs.get(initial.job);
      if (stored !== null && mayAccess(principal, metadataOf(stored.record).owner)) return [];
      const pointer = `/spec/policies/${policyId.replaceAll('~', '~0').replaceAll('/', '~1')}/initial/job`;
      const message = `${pointer} is "${initial.job}", but there is no such job`;
      return [{ pointer, found: initial.job, allowed: 'a job of yours', message }];
    }),
  );
  const all = faults.flat();
  if (all.length > 0) throw jobSpecError(all);
}
