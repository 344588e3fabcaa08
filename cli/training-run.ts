import type { JobSpec } from '../src/jobs/index.js';
import type { TrainingResult } from '../src/training/index.js';
import type { RunFolder } from './run-folder.js';

/** One run of `marlin train`: its job, and the folder that holds everything about it. */
export interface Run {
  readonly folder: RunFolder;
  readonly job: string;
  readonly spec: JobSpec;
  readonly createdAt: string;
}

/** What is told of a run at its end. */
export type TrainingSummary = Omit<TrainingResult, 'weights'>;
