import type { Checkpoint } from '../../src/checkpoints/index.js';
import type { JobSpec } from '../../src/jobs/index.js';
import type { EvaluationResult, Team, TrainingEvent } from '../../src/training/index.js';

export type IterationEvent = Extract<TrainingEvent, { type: 'iteration' }>;

/** What a trained case is measured by. */
export interface Outcome {
  readonly spec: JobSpec;
  /** What was told of every iteration's play, which is sampled. */
  readonly iterations: readonly IterationEvent[];
  /** The policies at the end. */
  readonly team: Team;
  /** Those of a checkpoint. */
  readonly teamOf: (checkpoint: Checkpoint) => Team;
  /** What was saved on the way, oldest first, if the job saves. */
  readonly checkpoints: () => Promise<readonly Checkpoint[]>;
  /** Plays the policies' modes, on other starts than those that the job was stopped on. */
  readonly evaluate: (episodes: number) => Promise<EvaluationResult>;
}
