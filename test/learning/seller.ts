import { RandomStream } from '../../src/base/index.js';
import type { JobSpecInput } from '../../src/jobs/index.js';
import { createTeam } from '../../src/training/index.js';
import { resolve } from '../helpers/training.js';
import { learn } from './learn.js';

const COSTS = 1000;
const SAMPLES = 10;

/** How a seller with a hidden buyer, v ~ U[0, 1], acts along its costs. Values are expectations over v, so nothing of them is luck. */
export interface SellerConduct {
  /** Share of costs at which the mode enters; where it enters below one cost and nowhere above, that cost. */
  readonly threshold: number;
  /** Times that entering turns into passing, or back, along rising costs. */
  readonly turns: number;
  /** Mean |p − (1 + c)/2| of the mode over the costs at which it enters. */
  readonly priceError: number;
  /** Expected profit of the modes and of sampled actions, entry cost taken off. */
  readonly value: number;
  readonly sampledValue: number;
}

/** Trains a seller and probes it over a grid of costs. Actions are [enter, price], or a price alone, where 0 passes. */
export async function learnSeller(input: JobSpecInput, seed: number, entryCost = 0) {
  const result = await learn({ ...input, evaluation: { every: 0 } }, seed);
  const team = createTeam(resolve({ ...input, seed }), result.weights);
  return { ...result, conduct: conductOf((cost, sample) => team.act('seller', [cost], sample), entryCost) };
}

function conductOf(
  act: (cost: number, how?: { sample: RandomStream }) => Float32Array,
  entryCost: number,
): SellerConduct {
  const sample = new RandomStream(1, 'conduct');
  const profit = (cost: number, action: Float32Array): number =>
    action[0] === 0 ? 0 : (action.at(-1)! - cost) * Math.max(0, 1 - action.at(-1)!) - entryCost;
  const entered: boolean[] = [];
  let count = 0;
  let error = 0;
  let value = 0;
  let sampledValue = 0;
  for (let k = 0; k < COSTS; k++) {
    const cost = (k + 0.5) / COSTS;
    const mode = act(cost);
    entered.push(mode[0] !== 0);
    if (entered[k]) {
      count++;
      error += Math.abs(mode.at(-1)! - (1 + cost) / 2);
    }
    value += profit(cost, mode);
    for (let s = 0; s < SAMPLES; s++) sampledValue += profit(cost, act(cost, { sample })) / SAMPLES;
  }
  return {
    threshold: count / COSTS,
    turns: entered.filter((enters, k) => k > 0 && enters !== entered[k - 1]).length,
    priceError: error / count,
    value: value / COSTS,
    sampledValue: sampledValue / COSTS,
  };
}
