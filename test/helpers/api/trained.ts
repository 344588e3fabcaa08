import { join } from 'node:path';
import { createFileCheckpointStore } from '../../../src/checkpoints/index.js';
import type { JobSpecInput } from '../../../src/jobs/index.js';
import { createTeam, runTraining, type Team } from '../../../src/training/index.js';
import { resolve } from '../training.js';
import type { TestApi } from './server.js';

/** A job that takes a moment, of two policies that see two numbers and give one. */
export const quickJob: JobSpecInput = {
  env: { id: 'median-v1', options: { agents: 3, steps: 4 } },
  policies: { '*': { network: { hidden: [8] } } },
  algorithm: { options: { learningRate: 0.05 } },
  rollout: { shards: 1, envsPerShard: 4, horizon: 8 },
  evaluation: { every: 0, episodes: 2 },
  checkpoint: { every: 1, keep: 10 },
  stop: { iterations: 4 },
};

export interface TrainedJob {
  readonly jobId: string;
  /** Its final policies, as the library has them act. */
  readonly team: Team;
}

/** Trains a job in this thread, and stores it with its checkpoints as a fleet would. */
export async function trainJob(
  { broker, context }: Pick<TestApi, 'broker' | 'context'>,
  input: JobSpecInput = quickJob,
  { jobId = 'job', owner = 'ada' } = {},
): Promise<TrainedJob> {
  const spec = resolve(input);
  const checkpoints = createFileCheckpointStore(join(context.options.checkpointFolder, jobId));
  const { weights } = await runTraining(jobId, spec, { actors: 0, learners: 0, checkpoints });
  await broker.jobs.submit({
    jobId,
    state: 'succeeded',
    spec: JSON.stringify(spec),
    createdAt: 1000,
    updatedAt: 1000,
    metadata: JSON.stringify({ owner }),
  });
  return { jobId, team: createTeam(spec, weights) };
}
