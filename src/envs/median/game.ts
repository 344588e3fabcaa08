import { box } from '../../spaces/index.js';
import type { Environment, EnvironmentBatch, StateArray } from '../port.js';
import { lowerMedian, medianOfThree } from './lower-median.js';
import { createObservationRule } from './observation.js';
import type { MedianOptions } from './options.js';

const METRICS = ['stepWinShare', 'gameWon'] as const;

/** The median game: reward_i = −(a_i − median)², the median being the lower one for even n; who equals the median wins the
 *  step, who wins most steps wins the game. An episode terminates after `steps` steps. Differences and means are computed in
 *  float64 and rounded once, on store. */
export function createMedianGame(options: MedianOptions): Environment {
  const { agents: n, steps, history } = options;
  const rule = createObservationRule(options);
  const offsets = prefixSums(rule.features);
  const total = offsets[n];
  const actions = new Float64Array(n);
  const sorted = new Float64Array(n);
  const features = new Float64Array(total);

  /** Scores the actions of instance b, which are in `actions`, and returns nothing but what it writes. */
  const score = (batch: EnvironmentBatch, b: number): void => {
    for (let i = 0; i < n; i++) sorted[i] = actions[i];
    const median = lowerMedian(sorted, n);
    const stepWins = batch.state.stepWins;
    for (let i = 0; i < n; i++) {
      const distance = actions[i] - median;
      batch.reward[i][b] = -(distance * distance);
      if (distance === 0) stepWins[b * n + i]++;
    }
  };

  /** Writes the observation [newest, second newest, …] of each agent; `recent` keeps the history − 1 newest for the next.
   *
   *      recent of an instance: | agent 0: newest [f] … oldest [f] | agent 1: … |        f = features of that agent */
  const observe = (batch: EnvironmentBatch, b: number): void => {
    const recent = batch.state.recent;
    for (let i = 0; i < n; i++) {
      const from = offsets[i];
      const width = offsets[i + 1] - from;
      const observation = batch.observation[i];
      const at = b * width * history;
      for (let j = 0; j < width; j++) observation[at + j] = features[from + j];
      if (recent === undefined) continue;
      const kept = width * (history - 1);
      const slot = (b * total + from) * (history - 1);
      for (let j = 0; j < kept; j++) observation[at + width + j] = recent[slot + j];
      for (let j = 0; j < kept; j++) recent[slot + j] = observation[at + j];
    }
  };

  const finish = (batch: EnvironmentBatch, b: number): void => {
    const taken = batch.state.step[b] + 1;
    batch.state.step[b] = taken;
    if (taken < steps) return;
    batch.terminated[b] = 1;
    const stepWins = batch.state.stepWins;
    let most = 0;
    for (let i = 0; i < n; i++) most = Math.max(most, stepWins[b * n + i]);
    for (let i = 0; i < n; i++) {
      const wins = stepWins[b * n + i];
      const metric = batch.episodeMetric[i];
      metric[b * METRICS.length] = wins / steps;
      metric[b * METRICS.length + 1] = wins === most ? 1 : 0;
    }
  };

  /** `observe` of an agent with one feature, but for what is kept. */
  const observeOne = (observation: Float32Array, recent: StateArray, b: number, i: number, newest: number): void => {
    const kept = history - 1;
    const slot = (b * n + i) * kept;
    const at = b * history;
    observation[at] = newest;
    for (let j = 0; j < kept; j++) observation[at + 1 + j] = recent[slot + j];
  };

  /** What all agents keep, after their observations were written: all numbers move on by one place, across the ends of slots too,
   *  and the first place of each is written anew. One copy of the whole array costs less than a loop over each slot. */
  const keepNewest = ({ observation, instances }: EnvironmentBatch, recent: StateArray): void => {
    const kept = history - 1;
    recent.copyWithin(1, 0);
    for (let i = 0; i < n; i++) {
      const seen = observation[i];
      for (let b = 0; b < instances; b++) recent[(b * n + i) * kept] = seen[b * history];
    }
  };

  /** Three agents who see each other's mean, the game as it is mostly played: the same numbers without scratch arrays. */
  const stepThree = (batch: EnvironmentBatch): void => {
    const [a0, a1, a2] = batch.action as [Float32Array, Float32Array, Float32Array];
    const [r0, r1, r2] = batch.reward as [Float32Array, Float32Array, Float32Array];
    const [o0, o1, o2] = batch.observation as [Float32Array, Float32Array, Float32Array];
    const { stepWins, recent } = batch.state;
    for (let b = 0; b < batch.instances; b++) {
      const x = a0[b];
      const y = a1[b];
      const z = a2[b];
      const median = medianOfThree(x, y, z);
      const dx = x - median;
      const dy = y - median;
      const dz = z - median;
      r0[b] = -(dx * dx);
      r1[b] = -(dy * dy);
      r2[b] = -(dz * dz);
      if (dx === 0) stepWins[b * 3]++;
      if (dy === 0) stepWins[b * 3 + 1]++;
      if (dz === 0) stepWins[b * 3 + 2]++;
      if (recent === undefined) {
        o0[b] = (y + z) / 2;
        o1[b] = (x + z) / 2;
        o2[b] = (x + y) / 2;
      } else {
        observeOne(o0, recent, b, 0, (y + z) / 2);
        observeOne(o1, recent, b, 1, (x + z) / 2);
        observeOne(o2, recent, b, 2, (x + y) / 2);
      }
      finish(batch, b);
    }
    if (recent !== undefined) keepNewest(batch, recent);
  };

  const stepAny = (batch: EnvironmentBatch): void => {
    for (let b = 0; b < batch.instances; b++) {
      for (let i = 0; i < n; i++) actions[i] = batch.action[i][b];
      score(batch, b);
      rule.write(actions, features);
      observe(batch, b);
      finish(batch, b);
    }
  };

  const plain = options.adjacency === 'complete' && options.observation === 'others-mean';
  return {
    agents: rule.features.map((width, i) => ({
      id: `agent-${i}`,
      observationSpace: box(width * history),
      actionSpace: box(1),
    })),
    state: {
      step: { dtype: 'i32' },
      stepWins: { dtype: 'i32', shape: [n] },
      ...(history === 1 ? {} : { recent: { dtype: 'f32', shape: [total * (history - 1)] } as const }),
    },
    episodeMetrics: METRICS,
    reset(batch, instances, count, random) {
      const { step, stepWins, recent } = batch.state;
      for (let k = 0; k < count; k++) {
        const b = instances[k];
        step[b] = 0;
        stepWins.fill(0, b * n, (b + 1) * n);
        recent?.fill(0, b * total * (history - 1), (b + 1) * total * (history - 1));
        for (let j = 0; j < total; j++) features[j] = random.uniform();
        observe(batch, b);
      }
    },
    step: n === 3 && plain ? stepThree : stepAny,
  };
}

function prefixSums(sizes: readonly number[]): readonly number[] {
  const sums = [0];
  for (const size of sizes) sums.push(sums[sums.length - 1] + size);
  return sums;
}
