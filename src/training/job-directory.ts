import type { Broker } from '../broker/index.js';
import { createEnvironmentCatalog, type EnvironmentCatalog, loadEnvironmentModules } from '../envs/index.js';
import type { JobSpec } from '../jobs/index.js';
import { trainingError } from './errors.js';
import { type JobPlan, planJob } from './plan.js';
import type { JobLayout } from './wired-broker.js';
import type { Workers } from './workers.js';

/** The jobs of a fleet as one process knows them: plans made of the specs that the broker keeps, opened in its threads when
 *  they are first needed. */
export class JobDirectory {
  private readonly broker: Pick<Broker, 'jobs'>;
  private readonly environmentModules: readonly string[];
  private readonly keep: number;
  private readonly catalog: Promise<EnvironmentCatalog>;
  private readonly plans = new Map<string, Promise<JobPlan>>();
  private readonly opened = new Map<Workers, Map<string, Promise<void>>>();

  /** Keeps at most `keep` jobs open: beyond that the one unused for longest is closed, whether it is at work or not. So it must be more
   *  than can be at work at once; infinite for whoever closes each job itself. */
  constructor(broker: Pick<Broker, 'jobs'>, environmentModules: readonly string[], keep = Number.POSITIVE_INFINITY) {
    this.broker = broker;
    this.environmentModules = environmentModules;
    this.keep = keep;
    this.catalog = loadEnvironmentModules(environmentModules).then(createEnvironmentCatalog);
    // Reported by the first job that needs it.
    this.catalog.catch(() => {});
  }

  /** Rejects with TRAINING_JOB_UNKNOWN, or with what makes the spec unusable here (an environment that this process lacks). */
  planOf(jobId: string): Promise<JobPlan> {
    let plan = this.plans.get(jobId);
    if (plan === undefined) {
      plan = this.load(jobId);
      plan.catch(() => this.plans.delete(jobId));
      this.plans.set(jobId, plan);
    }
    return plan;
  }

  async layoutOf(jobId: string): Promise<JobLayout> {
    const plan = await this.planOf(jobId);
    return { layout: plan.layout, policies: actingWeights(plan), pieces: plan.pieces };
  }

  /** Makes sure that the threads know the job. */
  async open(jobId: string, workers: Workers): Promise<void> {
    const jobs = this.opened.get(workers) ?? new Map<string, Promise<void>>();
    this.opened.set(workers, jobs);
    let opening = jobs.get(jobId);
    // Again at the end: the map's order is that of use.
    jobs.delete(jobId);
    opening ??= this.openIn(jobId, workers);
    jobs.set(jobId, opening);
    opening.catch(() => jobs.delete(jobId));
    await opening;
    for (const old of jobs.keys()) {
      if (jobs.size <= this.keep) break;
      await this.close(old, workers);
    }
  }

  async close(jobId: string, workers: Workers): Promise<void> {
    this.opened.get(workers)?.delete(jobId);
    this.plans.delete(jobId);
    await workers.closeJob(jobId);
  }

  private async openIn(jobId: string, workers: Workers): Promise<void> {
    const { spec } = await this.planOf(jobId);
    try {
      await workers.open({ jobId, spec, environmentModules: this.environmentModules });
    } catch (error) {
      // Threads in which it was opened would keep it, and those that take the place of others would try again.
      await workers.closeJob(jobId).catch(() => {});
      throw error;
    }
  }

  private async load(jobId: string): Promise<JobPlan> {
    const stored = await this.broker.jobs.get(jobId);
    if (stored === null) throw trainingError('TRAINING_JOB_UNKNOWN', `the broker has no job ${jobId}; it was removed`);
    return planJob(jobId, JSON.parse(stored.record.spec) as JobSpec, await this.catalog);
  }
}

/** Each policy's share of the published weights. */
function actingWeights(plan: JobPlan): JobLayout['policies'] {
  return plan.policies.map(({ policyId }, p) => ({ policyId, parameterCount: plan.actingCounts[p]! }));
}
