import { RandomStream } from '../../../src/base/index.js';
import { sampleActions } from '../../../src/envs/conformance/actions.js';
import { createBatch, createStepper, type Environment, type EnvironmentBatch } from '../../../src/envs/index.js';

/** Writes every agent's action in every instance. */
export type Act = (batch: EnvironmentBatch, random: RandomStream) => void;

export interface Mean {
  readonly mean: number;
  readonly standardError: number;
}

export interface PlayedEpisodes {
  /** Undiscounted, by agent; heads added up. */
  readonly returns: readonly Mean[];
  /** All agents' returns of an episode added up. */
  readonly total: Mean;
  /** Steps of an episode. */
  readonly length: Mean;
  /** By agent, the mean of each episode metric. */
  readonly metrics: readonly Readonly<Record<string, number>>[];
}

/** Uniform over what is legal, and over bounded numbers. */
export const actAtRandom: Act = (batch, random) => sampleActions(batch, random);

/** Plays the first episode of each of `instances` instances to its end. */
export function playEpisodes(environment: Environment, act: Act, instances: number, seed = 1): PlayedEpisodes {
  const batch = createBatch(environment, instances);
  const random = new RandomStream(seed, 'test');
  const agents = environment.agents.map(() => new Float64Array(instances));
  const lengths = new Float64Array(instances);
  const over = new Uint8Array(instances);
  const names = environment.episodeMetrics ?? [];
  const sums = environment.agents.map(() => new Float64Array(names.length));
  let left = instances;
  const count = (): void => {
    for (let b = 0; b < instances; b++) {
      if (over[b] === 1) continue;
      lengths[b]++;
      batch.reward.forEach((reward, i) => {
        const heads = reward.length / instances;
        for (let h = 0; h < heads; h++) agents[i][b] += reward[b * heads + h];
      });
    }
  };
  const stepper = createStepper(environment, batch, {
    environmentId: 'played',
    onEnded(ended, number) {
      count();
      for (const b of ended.subarray(0, number)) {
        if (over[b] === 1) continue;
        over[b] = 1;
        left--;
        sums.forEach((sum, i) => names.forEach((_, j) => (sum[j] += batch.episodeMetric[i][b * names.length + j])));
      }
    },
  });
  stepper.resetAll(random);
  while (left > 0) {
    act(batch, random);
    stepper.step(random);
    if (stepper.endedCount === 0) count();
  }
  return {
    returns: agents.map(meanOf),
    total: meanOf(lengths.map((_, b) => agents.reduce((sum, values) => sum + values[b], 0))),
    length: meanOf(lengths),
    metrics: sums.map((sum) => Object.fromEntries(names.map((name, j) => [name, sum[j] / instances]))),
  };
}

/** Of independent numbers. */
export function meanOf(values: Float64Array): Mean {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (n * (n - 1))) };
}
