import { box, discrete } from '../../spaces/index.js';
import type { Environment, EnvironmentBatch } from '../port.js';
import type { MatrixOptions } from './options.js';
import { bestCells, type Payoffs } from './payoffs.js';

/** Agents with more actions than this have no share metric for each. */
const SHARES_LIMIT = 8;

/** A repeated matrix game: in every round each of n agents picks one of its actions, and agent i is paid the cell of its table
 *  that they pick together: reward_i = tables[i][a_0, …, a_{n−1}]. Cut off after `steps` rounds: nothing that an agent could
 *  see ends it. Tables are float64; rewards are rounded to float32 on store. */
export function createMatrixGame(game: Payoffs, { steps, observation }: MatrixOptions): Environment {
  const { counts, strides, tables } = game;
  const n = counts.length;
  const best = bestCells(game);
  const most = Math.max(...counts);
  const shares = most <= SHARES_LIMIT ? most : 0;
  const metrics = ['payoff', 'optimalShare', ...Array.from({ length: shares }, (_, a) => `action${a}Share`)];
  const remembers = observation === 'last-actions';
  const offsets = counts.map((_, i) => counts.slice(0, i).reduce((sum, count) => sum + count, 0));
  const features = remembers ? offsets[n - 1] + counts[n - 1] : 1;

  /** Writes what everybody sees: 1, or the joint action of this step, one-hot; zeros before the first.
   *
   *      last-actions: | agent 0: 0 … 1 … 0 | agent 1: … |        as many places as the agent has actions */
  const observe = (batch: EnvironmentBatch, b: number, acted: boolean): void => {
    for (let i = 0; i < n; i++) {
      const seen = batch.observation[i];
      const at = b * features;
      seen.fill(remembers ? 0 : 1, at, at + features);
      if (!remembers || !acted) continue;
      for (let j = 0; j < n; j++) seen[at + offsets[j] + batch.action[j][b]] = 1;
    }
  };

  const finish = (batch: EnvironmentBatch, b: number): void => {
    const { step, payoff, optimal, picked } = batch.state;
    if (++step[b] < steps) return;
    batch.truncated[b] = 1;
    for (let i = 0; i < n; i++) {
      const metric = batch.episodeMetric[i];
      const at = b * metrics.length;
      metric[at] = payoff[b * n + i] / steps;
      metric[at + 1] = optimal[b] / steps;
      for (let a = 0; a < shares; a++) metric[at + 2 + a] = picked[(b * n + i) * shares + a] / steps;
    }
  };

  return {
    agents: counts.map((count, i) => ({
      id: `agent-${i}`,
      observationSpace: box(features, { low: 0, high: 1 }),
      actionSpace: discrete(count),
    })),
    state: {
      step: { dtype: 'i32' },
      payoff: { dtype: 'f64', shape: [n] },
      optimal: { dtype: 'i32' },
      ...(shares === 0 ? {} : { picked: { dtype: 'i32', shape: [n, shares] } as const }),
    },
    episodeMetrics: metrics,
    reset(batch, instances, count) {
      const { step, payoff, optimal, picked } = batch.state;
      for (let k = 0; k < count; k++) {
        const b = instances[k];
        step[b] = 0;
        optimal[b] = 0;
        payoff.fill(0, b * n, (b + 1) * n);
        picked?.fill(0, b * n * shares, (b + 1) * n * shares);
        observe(batch, b, false);
      }
    },
    step(batch) {
      const { payoff, optimal, picked } = batch.state;
      for (let b = 0; b < batch.instances; b++) {
        let cell = 0;
        for (let i = 0; i < n; i++) cell += batch.action[i][b] * strides[i];
        for (let i = 0; i < n; i++) {
          batch.reward[i][b] = tables[i][cell];
          payoff[b * n + i] += tables[i][cell];
          if (shares > 0) picked[(b * n + i) * shares + batch.action[i][b]]++;
        }
        optimal[b] += best[cell];
        observe(batch, b, true);
        finish(batch, b);
      }
    },
  };
}
