import { type Algorithm, findAlgorithm } from '../algorithms/index.js';
import { type Clock, MarlinError } from '../base/index.js';
import { createEnvironmentCatalog, type EnvironmentDefinition, loadEnvironmentModules } from '../envs/index.js';
import type { JobSpec } from '../jobs/index.js';
import { Collector, type CollectRequest, type CollectResult } from './collector.js';
import { type JobEngine, JobEngines, tensorflowInUse } from './engine.js';
import { type EvaluateRequest, Evaluator } from './evaluator.js';
import type { Models } from './models.js';
import type { EvaluationResult } from './options.js';
import { type JobPlan, planJob } from './plan.js';
import {
  type UnitLayout,
  type UnitState,
  type UpdateRequest,
  type UpdateResult,
  UpdateRunner,
} from './update-runner.js';

/** A job as a thread gets to know it. */
export interface JobDescription {
  readonly jobId: string;
  readonly spec: JobSpec;
  readonly environmentModules: readonly string[];
  /** Only where no thread boundary lies between. */
  readonly environments?: readonly EnvironmentDefinition[];
  /** The same. */
  readonly models?: Models | undefined;
}

/** The units of numeric work. Each is a pure function of its request and the job, so any thread may do it, and do it again. */
export interface Work {
  initialize: { request: { readonly unit: number }; result: { state: UnitState; layout: UnitLayout } };
  collect: { request: CollectRequest; result: CollectResult };
  /** Of several units, in order: a message to a thread costs as much as many agentSteps of a small policy. */
  update: { request: readonly UpdateRequest[]; result: readonly UpdateResult[] };
  evaluate: { request: EvaluateRequest; result: EvaluationResult };
}
export type WorkKind = keyof Work;

interface OpenJob extends JobEngine {
  readonly plan: JobPlan;
  readonly algorithms: ReadonlyMap<string, Algorithm>;
  collector?: Collector;
  evaluator?: Evaluator;
  readonly runners: Map<number, UpdateRunner>;
}

/** Does the numeric work of jobs in one thread, with networks and buffers that it keeps from one request to the next. */
export class Workbench {
  private readonly clock: Clock;
  private readonly jobs = new Map<string, OpenJob>();
  private readonly engines = new JobEngines();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  async open(job: JobDescription): Promise<void> {
    const modules = await loadEnvironmentModules(job.environmentModules);
    const plan = planJob(
      job.jobId,
      job.spec,
      createEnvironmentCatalog([...modules, ...(job.environments ?? [])]),
      job.models,
    );
    const ids = new Set(plan.policies.map((policy) => policy.algorithm.id));
    const algorithms = new Map<string, Algorithm>();
    for (const id of ids) algorithms.set(id, await findAlgorithm(id).load());
    const engine = await this.engines.open(job.spec);
    const tensorflow = engine.tensorflow ?? job.models?.tensorflow ?? null;
    this.jobs.set(job.jobId, { plan, ...engine, tensorflow, algorithms, runners: new Map() });
  }

  run<K extends WorkKind>(jobId: string, kind: K, request: Work[K]['request']): Work[K]['result'] {
    const job = this.jobs.get(jobId);
    if (job === undefined) throw new Error(`job ${jobId} is not open in this thread`);
    const handlers: { [W in WorkKind]: (request: Work[W]['request']) => Work[W]['result'] } = {
      initialize: ({ unit }) => {
        const runner = this.runnerOf(job, unit);
        const { tensorflow } = job;
        const inUse = tensorflow === null ? {} : { tensorflow: tensorflowInUse(tensorflow) };
        return { state: runner.initialize(), layout: { ...runner.layout, ...inUse } };
      },
      collect: (task) => this.collect(job, task),
      update: (tasks) => tasks.map((task) => this.update(job, task)),
      evaluate: (task) => this.evaluate(job, task),
    };
    return handlers[kind](request);
  }

  /** Frees what the job holds in this thread. */
  close(jobId: string): void {
    const job = this.jobs.get(jobId);
    if (job === undefined) return;
    this.jobs.delete(jobId);
    job.collector?.dispose(job.kernels);
    job.evaluator?.dispose();
    for (const runner of job.runners.values()) runner.dispose();
  }

  /** Frees what all jobs hold in this thread. */
  closeAll(): void {
    for (const jobId of [...this.jobs.keys()]) this.close(jobId);
  }

  private collect(job: OpenJob, task: CollectRequest): CollectResult {
    job.collector ??= job.kernels.allOrNothing(() => new Collector(job.kernels, job.plan, this.clock));
    try {
      return job.collector.collect(task);
    } catch (error) {
      throw located(error, `shard ${task.shard}, batch ${task.k}`, { shard: task.shard, k: task.k });
    }
  }

  private update(job: OpenJob, task: UpdateRequest): UpdateResult {
    const result = this.runnerOf(job, task.unit).update(task);
    if (job.tensorflow === null) return result;
    return { ...result, metrics: { ...result.metrics, tensors: job.tensorflow.tensors } };
  }

  private evaluate(job: OpenJob, task: EvaluateRequest): EvaluationResult {
    job.evaluator ??= job.kernels.allOrNothing(() => new Evaluator(job.kernels, job.plan));
    try {
      return job.evaluator.evaluate(task);
    } catch (error) {
      throw located(error, `evaluation of version ${task.version}`, { evaluation: task.version });
    }
  }

  private runnerOf(job: OpenJob, u: number): UpdateRunner {
    let runner = job.runners.get(u);
    if (runner === undefined) {
      const unit = job.plan.units[u]!;
      const { id } = job.plan.policies[unit.policies[0]!]!.algorithm;
      const { replay } = findAlgorithm(id);
      const algorithm = { ...job.algorithms.get(id)!, ...(replay === undefined ? {} : { replay }) };
      runner = new UpdateRunner(job.kernels, job.plan, unit, algorithm, () => this.clock.monotonic());
      job.runners.set(u, runner);
    }
    return runner;
  }
}

/** An environment's error says which work it came from, so that it can be replayed. */
function located(error: unknown, where: string, data: Readonly<Record<string, unknown>>): unknown {
  if (!(error instanceof MarlinError)) return error;
  return new MarlinError(error.code, `${error.message} (${where})`, error.retryable, {
    data: { ...error.data, ...data },
    cause: error,
  });
}
