import { randomFillSync } from 'node:crypto';
import { algorithmCatalog } from './algorithms/index.js';
import { systemClock } from './base/index.js';
import { createEnvironmentCatalog, loadEnvironmentModules } from './envs/index.js';
import { type JobSpec, type JobSpecInput, mintJobId, resolveJobSpec } from './jobs/index.js';
import {
  createTeam,
  openModels,
  runTraining,
  type Team,
  type TrainingOptions,
  type TrainingResult,
} from './training/index.js';

export type TrainOptions = TrainingOptions;

export interface TrainedJob extends TrainingResult {
  /** The resolved spec, every default filled in. */
  readonly spec: JobSpec;
  /** The trained policies, ready to act. */
  readonly team: Team;
}

/** Trains a job in this process and returns its team. Only `env` of the spec is needed.
 *  Rejects with JOB_SPEC_INVALID (all faults in `data.faults`), or with whatever stopped the training. */
export async function train(input: JobSpecInput, options: TrainOptions = {}): Promise<TrainedJob> {
  const modules = await loadEnvironmentModules(options.environmentModules ?? []);
  const environments = [...modules, ...(options.environments ?? [])];
  const spec = resolveJobSpec(input, {
    environments: createEnvironmentCatalog(environments),
    algorithms: algorithmCatalog,
  });
  const jobId = mintJobId((bytes) => randomFillSync(bytes), options.clock ?? systemClock);
  const result = await runTraining(jobId, spec, options);
  const models = await openModels(spec, options.models);
  return { ...result, spec, team: createTeam(spec, result.weights, environments, models) };
}
