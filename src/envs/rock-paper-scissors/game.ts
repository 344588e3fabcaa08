import { box, discrete } from '../../spaces/index.js';
import type { Environment, EnvironmentBatch } from '../port.js';
import type { RockPaperScissorsOptions } from './options.js';
import { ACTIONS, rockPaperScissorsPayoffs } from './payoffs.js';

const CHOICES = ACTIONS.length;
/** Two actions, one-hot. */
const SEEN = 2 * CHOICES;
const METRICS = ['payoff', ...ACTIONS.map((name) => `${name}Share`), ...ACTIONS.map((name) => `${name}Worth`)];

/** Rounds of rock, paper, scissors between two agents; cut off after `steps`. An episode is told by what each agent played and
 *  by what always playing one action would have been paid against what the other played: both are averages over time, so that
 *  their means over episodes tell how exploitable average play is. */
export function createRockPaperScissors(options: RockPaperScissorsOptions): Environment {
  const { steps } = options;
  const remembers = options.observation === 'last-actions';
  const { tables } = rockPaperScissorsPayoffs(options);
  const observationSpace = box(remembers ? SEEN : 1, { low: 0, high: 1 });
  const actionSpace = discrete(CHOICES);

  /** What both have just played; nothing at the first round. */
  const observe = (batch: EnvironmentBatch, b: number, acted: boolean): void => {
    const { globalState, action } = batch;
    globalState.fill(0, b * SEEN, (b + 1) * SEEN);
    for (let i = 0; i < 2; i++) {
      if (acted) globalState[b * SEEN + i * CHOICES + action[i][b]] = 1;
      const seen = batch.observation[i];
      if (!remembers) {
        seen[b] = 1;
        continue;
      }
      seen.fill(0, b * SEEN, (b + 1) * SEEN);
      if (!acted) continue;
      seen[b * SEEN + action[i][b]] = 1;
      seen[b * SEEN + CHOICES + action[1 - i][b]] = 1;
    }
  };

  const finish = (batch: EnvironmentBatch, b: number): void => {
    const { step, payoff, picked } = batch.state;
    if (++step[b] < steps) return;
    batch.truncated[b] = 1;
    for (let i = 0; i < 2; i++) {
      const metric = batch.episodeMetric[i];
      const at = b * METRICS.length;
      const own = (b * 2 + i) * CHOICES;
      const other = (b * 2 + 1 - i) * CHOICES;
      metric[at] = payoff[b * 2 + i] / steps;
      for (let a = 0; a < CHOICES; a++) {
        let worth = 0;
        // The game is symmetric: the first agent's table, own action first, is everybody's.
        for (let c = 0; c < CHOICES; c++) worth += tables[0][a * CHOICES + c] * picked[other + c];
        metric[at + 1 + a] = picked[own + a] / steps;
        metric[at + 1 + CHOICES + a] = worth / steps;
      }
    }
  };

  return {
    agents: [
      { id: 'agent-0', observationSpace, actionSpace },
      { id: 'agent-1', observationSpace, actionSpace },
    ],
    state: {
      step: { dtype: 'i32' },
      payoff: { dtype: 'f64', shape: [2] },
      picked: { dtype: 'i32', shape: [2, CHOICES] },
    },
    globalState: box(SEEN, { low: 0, high: 1 }),
    episodeMetrics: METRICS,
    reset(batch, instances, count) {
      const { step, payoff, picked } = batch.state;
      for (let k = 0; k < count; k++) {
        const b = instances[k];
        step[b] = 0;
        payoff.fill(0, b * 2, (b + 1) * 2);
        picked.fill(0, b * SEEN, (b + 1) * SEEN);
        observe(batch, b, false);
      }
    },
    step(batch) {
      const { payoff, picked } = batch.state;
      const [first, second] = batch.action as [Float32Array, Float32Array];
      for (let b = 0; b < batch.instances; b++) {
        const cell = first[b] * CHOICES + second[b];
        for (let i = 0; i < 2; i++) {
          batch.reward[i][b] = tables[i][cell];
          payoff[b * 2 + i] += tables[i][cell];
          picked[(b * 2 + i) * CHOICES + batch.action[i][b]]++;
        }
        observe(batch, b, true);
        finish(batch, b);
      }
    },
  };
}
