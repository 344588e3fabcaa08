import { RandomStream } from '../../../src/base/index.js';
import { createBatch, createEnvironment, environmentCatalog, findEnvironment } from '../../../src/envs/index.js';
import { elementSize, highOf, lowOf, type Space } from '../../../src/spaces/index.js';

export const doubleAuction = findEnvironment(environmentCatalog, 'double-auction-v1');

/** What a round left for each trader, buyers first. */
export interface PlayedRound {
  readonly rewards: readonly (readonly number[])[];
  readonly metrics: readonly Readonly<Record<string, number>>[];
}

/** Plays one round with given values and costs. An action is as many numbers as the space has; a price alone may be a number. */
export function playRound(
  options: Readonly<Record<string, unknown>>,
  values: readonly number[],
  costs: readonly number[],
  actions: readonly (number | readonly number[])[],
  random = new RandomStream(1, 'test'),
): PlayedRound {
  const environment = createEnvironment(doubleAuction, { buyers: values.length, sellers: costs.length, ...options });
  const batch = createBatch(environment, 1);
  batch.state.values!.set([...values, ...costs]);
  actions.forEach((action, i) => batch.action[i]!.set(typeof action === 'number' ? [action] : action));
  environment.step(batch, random);
  const names = environment.episodeMetrics!;
  return {
    rewards: batch.reward.map((reward) => [...reward]),
    metrics: batch.episodeMetric.map((metric) => Object.fromEntries(names.map((name, j) => [name, metric[j]!]))),
  };
}

/** Means over episodes, per trader. */
export interface PlayedMany {
  readonly rewards: readonly number[];
  readonly metrics: readonly Readonly<Record<string, number>>[];
  readonly efficiency: number;
}

/** How a trader acts: writes its action at action[at …], given what it sees and an independent stream. */
export type Trader = (space: Space, value: number, random: RandomStream) => number;

/** Quotes the value itself. */
export const truthful: Trader = (_space, value) => value;

/** Zero intelligence: a uniform price of the action space, whose bounds may be the trader's own value. */
export const zeroIntelligence: Trader = (space, value, random) => {
  if (space.kind !== 'box') throw new Error('zero intelligence quotes prices');
  const low = lowOf(space, 0, [value]);
  return Math.min(highOf(space, 0, [value]), low + (highOf(space, 0, [value]) - low) * random.uniform());
};

/** Plays `episodes` rounds with drawn values, 1000 at a time. trader(i) is how agent i quotes. */
export function playMany(
  options: Readonly<Record<string, unknown>>,
  episodes: number,
  trader: (agent: number) => Trader,
): PlayedMany {
  const instances = 1000;
  const environment = createEnvironment(doubleAuction, options);
  const batch = createBatch(environment, instances);
  const names = environment.episodeMetrics!;
  const list = Int32Array.from({ length: instances }, (_, b) => b);
  const rewards = environment.agents.map(() => 0);
  const sums = environment.agents.map(() => names.map(() => 0));
  for (let t = 0; t < episodes / instances; t++) {
    const random = new RandomStream(7, 'test-round', t);
    environment.reset(batch, list, instances, random);
    for (const [i, { actionSpace }] of environment.agents.entries()) {
      const act = trader(i);
      const width = elementSize(actionSpace);
      const own = new RandomStream(7, 'test-quotes', t, i);
      for (let b = 0; b < instances; b++) {
        batch.action[i]![b * width] = act(actionSpace, batch.observation[i]![b]!, own);
      }
    }
    environment.step(batch, random);
    for (let i = 0; i < rewards.length; i++) {
      for (let b = 0; b < instances; b++) {
        rewards[i]! += batch.reward[i]![b]! / episodes;
        for (let j = 0; j < names.length; j++)
          sums[i]![j]! += batch.episodeMetric[i]![b * names.length + j]! / episodes;
      }
    }
  }
  const metrics = sums.map((row) => Object.fromEntries(names.map((name, j) => [name, row[j]!])));
  return { rewards, metrics, efficiency: metrics[0]!.marketGain! / metrics[0]!.possibleGain! };
}
