import { algorithmCatalog } from '../../src/algorithms/index.js';
import { createEnvironmentCatalog, type EnvironmentDefinition, environmentCatalog } from '../../src/envs/index.js';
import { type JobSpec, type JobSpecInput, resolveJobSpec } from '../../src/jobs/index.js';
import type { TrainingEvent } from '../../src/training/index.js';

/** The spec with every default filled in. */
export function resolve(input: JobSpecInput, environments: readonly EnvironmentDefinition[] = []): JobSpec {
  const catalog = environments.length === 0 ? environmentCatalog : createEnvironmentCatalog(environments);
  return resolveJobSpec(input, { environments: catalog, algorithms: algorithmCatalog });
}

/** A job that takes about a tenth of a second and still has everything: three policies, episodes that end inside batches,
 *  several shards, lag, minibatches. */
export const smallJob: JobSpecInput = {
  seed: 11,
  env: { id: 'median-v1', options: { steps: 12 } },
  policies: { '*': { network: { hidden: [8] } } },
  algorithm: { options: { epochs: 2, minibatches: 3, learningRate: 0.01 } },
  rollout: { shards: 3, envsPerShard: 5, horizon: 16 },
  evaluation: { every: 0, episodes: 4 },
  checkpoint: { every: 0 },
  stop: { iterations: 8 },
};

/** Collects events, and aborts when one of them says so. */
export function recorder(abortOn: (event: TrainingEvent) => boolean = () => false) {
  const controller = new AbortController();
  const events: TrainingEvent[] = [];
  const onEvent = (event: TrainingEvent): void => {
    events.push(event);
    if (abortOn(event)) controller.abort();
  };
  return { events, onEvent, signal: controller.signal as AbortSignal };
}
