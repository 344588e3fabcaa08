import { describe, expect, test } from 'vitest';
import { cartpole } from '../../src/envs/cartpole/index.js';
import { defineBatchedEnvironment } from '../../src/envs/index.js';
import { runTraining, type TrainingEvent } from '../../src/training/index.js';
import { resolve } from '../helpers/training.js';
import { inline } from './iterations.js';
import { example } from './learn.js';

const FACTOR = 1000;

/** Cart-pole that pays a thousand for a step, in place of one. */
const generous = defineBatchedEnvironment({
  ...cartpole,
  id: 'generous-cartpole-v1',
  create(options: never) {
    const own = cartpole.create(options);
    return {
      ...own,
      step(batch, random) {
        own.step(batch, random);
        for (const reward of batch.reward) for (let k = 0; k < reward.length; k++) reward[k]! *= FACTOR;
      },
    };
  },
});

async function returnsOf(id: string, options: object, normalizeRewards: boolean): Promise<number[]> {
  const returns: number[] = [];
  const onEvent = (event: TrainingEvent): void => {
    if (event.type === 'evaluation') returns.push(event.agents.cart!.return / FACTOR);
  };
  const spec = resolve(
    {
      ...example('cartpole'),
      env: { id: generous.id },
      algorithm: { id, options: { ...options, entropyCoefficient: 0.01, normalizeRewards } },
      evaluation: { every: 20, episodes: 50 },
      stop: { iterations: normalizeRewards ? 100 : 60, return: 475 * FACTOR },
      seed: 1,
    },
    [generous],
  );
  await runTraining('learning', spec, { ...inline, environments: [generous], onEvent });
  return returns;
}

// Gradients are clipped together: errors of values that are off by ten thousands leave nothing of the policy's.
describe('rewards a thousand times as large', () => {
  test.each([
    ['ppo', { learningRate: 0.001 }],
    ['impala', { learningRate: 0.003 }],
    ['reinforce', { learningRate: 0.003 }],
  ])('%s learns cart-pole with normalized rewards, and not without', async (id, options) => {
    const normalized = await returnsOf(id, options, true);
    expect(normalized[0]).toBeLessThan(200);
    expect(normalized.at(-1)).toBeGreaterThan(475);
    for (const reached of await returnsOf(id, options, false)) expect(reached).toBeLessThan(200);
  });
});
