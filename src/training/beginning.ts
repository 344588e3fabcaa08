import type { Logger } from '../base/index.js';
import type { CheckpointStore } from '../checkpoints/index.js';
import { allOver } from './all-over.js';
import { fromCheckpoint, type LearnerState } from './checkpointing.js';
import { trainingError } from './errors.js';
import { takeInitialWeights } from './initial-weights.js';
import type { JobPlan } from './plan.js';
import { actingWeights } from './policy-weights.js';
import type { UnitLayout } from './update-runner.js';
import type { Workers } from './workers.js';

export interface BeginningModules {
  readonly workers: Workers;
  readonly checkpoints: CheckpointStore;
  readonly checkpointsOf?: (jobId: string) => CheckpointStore;
  readonly logger: Logger;
}

/** Where a learner begins. */
export interface Beginning {
  readonly layouts: readonly UnitLayout[];
  readonly state: LearnerState;
  /** The iteration of the checkpoint it was restored from; −1 for the seeded first state. */
  readonly checkpoint: number;
}

/** The state of the newest whole checkpoint, or the seeded first one: `resume` says whether there must be, may be (`ifAny`) or is
 *  not to be a checkpoint. Rejects with TRAINING_NO_CHECKPOINT, and with what `fromCheckpoint` throws. */
export async function beginJob(
  plan: JobPlan,
  modules: BeginningModules,
  resume: boolean | 'ifAny',
): Promise<Beginning> {
  const initialized = await allOver(
    plan.units.map((_, unit) => modules.workers.run(plan.jobId, 'initialize', { unit })),
  );
  const layouts = initialized.map(({ layout }) => layout);
  const found = resume === false ? null : await modules.checkpoints.newest();
  if (found !== null) {
    if (found.corrupt.length > 0) {
      modules.logger.warn({ iterations: found.corrupt }, 'newer checkpoints are damaged and were passed over');
    }
    const { checkpoint } = found;
    return { layouts, state: fromCheckpoint(plan, layouts, checkpoint), checkpoint: checkpoint.iteration };
  }
  if (resume === true) {
    throw trainingError(
      'TRAINING_NO_CHECKPOINT',
      `job ${plan.jobId} has no whole checkpoint to resume from; start it anew`,
    );
  }
  const units = initialized.map(({ state }) => state);
  await takeInitialWeights(plan, layouts, units, modules.checkpointsOf);
  const state: LearnerState = {
    iteration: 0,
    counters: { envSteps: 0, agentSteps: 0, learnerSteps: 0, wallSeconds: 0 },
    units,
    weights: new Map([[0, actingWeights(units, layouts)]]),
    cursors: new Array<number>(plan.spec.rollout.shards).fill(0),
    shards: new Array<null>(plan.spec.rollout.shards).fill(null),
  };
  return { layouts, state, checkpoint: -1 };
}
