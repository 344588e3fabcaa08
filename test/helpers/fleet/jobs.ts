import type { JobSpec } from '../../../src/jobs/index.js';
import { runTraining } from '../../../src/training/index.js';
import { resolve } from '../training.js';

/** Median games of three agents, a few milliseconds of work per task, with a checkpoint every ten iterations. */
export const fleetJob = (iterations: number, seed = 11): JobSpec =>
  resolve({
    seed,
    env: { id: 'median-v1', options: { steps: 100 } },
    policies: { '*': { network: { hidden: [] } } },
    rollout: { shards: 3, envsPerShard: 8, horizon: 50 },
    evaluation: { every: 0, episodes: 4 },
    checkpoint: { every: 10 },
    stop: { iterations },
  });

/** Offers in two levels, each with its own network and reward head. */
export const levelsFleetJob = (iterations: number): JobSpec =>
  resolve({
    seed: 11,
    env: { id: 'enter-offer-v1', options: { actions: 'hierarchical' } },
    policies: { '*': { network: { hidden: [8] }, levelNetworks: 'separate' } },
    algorithm: { options: { levels: { price: { learningRate: 0.001 } } } },
    rollout: { shards: 3, envsPerShard: 8, horizon: 50 },
    evaluation: { every: 0, episodes: 4 },
    checkpoint: { every: 10 },
    stop: { iterations },
  });

/** Cues that are asked for later, often in the next batch. */
export const memoryFleetJob = (iterations: number): JobSpec =>
  resolve({
    seed: 11,
    env: { id: 'cue-recall-v1', options: { delay: 12, agents: 2 } },
    policies: { '*': { network: { hidden: [], recurrent: { size: 8 } } } },
    algorithm: { options: { epochs: 2, minibatches: 2, sequenceLength: 10 } },
    rollout: { shards: 3, envsPerShard: 8, horizon: 25 },
    evaluation: { every: 0, episodes: 4 },
    checkpoint: { every: 10 },
    stop: { iterations },
  });

/** The digest that a job has when it is trained in one process. */
export const embeddedDigest = async (spec: JobSpec): Promise<string> =>
  (await runTraining('embedded', spec, { actors: 1, learners: 1 })).digest;
