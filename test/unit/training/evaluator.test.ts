import { describe, expect, test } from 'vitest';
import type { Environment } from '../../../src/envs/index.js';
import { createPlainKernels } from '../../../src/kernels/index.js';
import { box } from '../../../src/spaces/index.js';
import { Evaluator } from '../../../src/training/evaluator.js';
import { RECORDED_STEPS } from '../../../src/training/events.js';
import { actingWeights, environmentOf, openInline, planOf } from './planning.js';

/** Instance b's episodes have `lengthOf(b)` steps. A step pays its number in the episode, from 1, in two heads: n and 10·n. The
 *  observation is that number too; the metric is the episode's length. */
function counting(lengthOf: (b: number) => number): Environment & { readonly resets: number[] } {
  const resets: number[] = [];
  return {
    resets,
    agents: [{ id: 'solo', observationSpace: box(1), actionSpace: box(1) }],
    state: { count: { dtype: 'i32' } },
    rewardHeads: ['ones', 'tens'],
    episodeMetrics: ['length'],
    reset(batch, instances, count) {
      for (let e = 0; e < count; e++) {
        const b = instances[e];
        resets.push(b);
        batch.state.count[b] = 0;
        batch.observation[0][b] = 0;
      }
    },
    step(batch) {
      for (let b = 0; b < batch.instances; b++) {
        const n = ++batch.state.count[b];
        batch.observation[0][b] = n;
        batch.reward[0].set([n, 10 * n], 2 * b);
        batch.episodeMetric[0][b] = n;
        if (n === lengthOf(b)) batch.terminated[b] = 1;
      }
    },
  };
}

/** Sum of 1 … n, paid elevenfold. */
const paid = (n: number): number => (11 * n * (n + 1)) / 2;
/** Mean reward of a step of an episode of n steps, by head. */
const heads = (n: number) => ({ ones: (n + 1) / 2, tens: 5 * (n + 1) });

async function evaluate(environment: Environment, episodes: number, maxSteps = 10_000) {
  const rollout = { shards: 1, envsPerShard: 1, horizon: 1 };
  const planned = planOf({ env: { id: 'counting-v1' }, rollout, policies: { '*': { network: { hidden: [] } } } }, [
    environmentOf('counting-v1', environment),
  ]);
  const { units } = await openInline(planned);
  const evaluator = new Evaluator(createPlainKernels(), planned.plan);
  return evaluator.evaluate({ version: 0, weights: units[0].tensors, episodes, maxSteps, seed: 1 });
}

describe('an evaluation counts exactly the episodes asked for', () => {
  test.each([1, 2, 127, 128, 129, 300])('%i', async (episodes) => {
    const result = await evaluate(
      counting(() => 3),
      episodes,
    );
    expect(result.episodes).toBe(episodes);
    expect(result.agents.solo).toEqual({
      return: paid(3),
      rewardPerStep: paid(3) / 3,
      heads: heads(3),
      length: 3,
      metrics: { length: 3 },
    });
  });

  test('and short ones no more often than long ones', async () => {
    // Two episodes of every instance. Were the first 256 to end counted, the even instances’ would be nearly all.
    const { agents, episodes } = await evaluate(
      counting((b) => (b % 2 === 0 ? 1 : 9)),
      256,
    );
    expect(episodes).toBe(256);
    expect(agents.solo.return).toBe((paid(1) + paid(9)) / 2);
    expect(agents.solo.length).toBe(5);
    expect(agents.solo.rewardPerStep).toBe((paid(1) + paid(9)) / 10);
    expect(agents.solo.metrics).toEqual({ length: 5 });
  });
});

describe('after maxSteps', () => {
  test('an episode counts as it stands', async () => {
    const { agents, episodes } = await evaluate(
      counting(() => Infinity),
      3,
      20,
    );
    expect(episodes).toBe(3);
    expect(agents.solo).toEqual({
      return: paid(20),
      rewardPerStep: paid(20) / 20,
      heads: heads(20),
      length: 20,
      metrics: {},
    });
  });

  test('the next one begins anew', async () => {
    const environment = counting(() => 30);
    const { agents } = await evaluate(environment, 130, 20);
    // A second episode that went on with the first would have its last 10 steps, and be paid more.
    expect(agents.solo.return).toBe(paid(20));
    // All at the start; then the two instances that have another episode to play; at 30 steps the others, by themselves.
    expect(environment.resets.slice(128, 131)).toEqual([0, 1, 2]);
  });

  test('metrics are means of the episodes that ended by themselves', async () => {
    const { agents } = await evaluate(
      counting((b) => (b === 0 ? 4 : Infinity)),
      3,
      20,
    );
    expect(agents.solo.metrics).toEqual({ length: 4 });
    expect(agents.solo.return).toBeCloseTo((paid(4) + 2 * paid(20)) / 3, 9);
  });

  test('one that ends at its last step is no cut', async () => {
    const { agents } = await evaluate(
      counting(() => 20),
      3,
      20,
    );
    expect(agents.solo).toMatchObject({ return: paid(20), length: 20, metrics: { length: 20 } });
  });
});

describe('reward heads', () => {
  test('have means of their own, of the episodes that count', async () => {
    // Instance 0 plays two episodes of one step, and goes on while instance 1 plays its only one.
    const { agents } = await evaluate(
      counting((b) => (b === 0 ? 1 : 9)),
      2,
    );
    expect(agents.solo.heads).toEqual({ ones: (1 + 45) / 10, tens: (10 + 450) / 10 });
    expect(agents.solo.rewardPerStep).toBe((paid(1) + paid(9)) / 10);
  });

  test('are the return alone where one is declared to be', async () => {
    const environment = { ...counting(() => 3), returnHead: 'tens' };
    const { agents, game } = await evaluate(environment, 5);
    expect(agents.solo).toMatchObject({ return: 60, rewardPerStep: 20, heads: heads(3) });
    expect(game.rewards).toEqual({ solo: [10, 20, 30] });
  });

  test('go unmentioned where there is one', async () => {
    const planned = planOf({ env: { id: 'median-v1', options: { steps: 12 } } });
    const { units, layouts } = await openInline(planned);
    const request = { version: 0, weights: actingWeights(units, layouts), episodes: 1, maxSteps: 100, seed: 4 };
    const result = new Evaluator(createPlainKernels(), planned.plan).evaluate(request);
    for (const agent of Object.values(result.agents)) expect(agent).not.toHaveProperty('heads');
    expect(result).not.toHaveProperty('profiles');
  });
});

test('ratios are of means, beside the metrics that they are of', async () => {
  const environment: Environment = {
    ...counting((b) => (b === 0 ? 1 : 9)),
    episodeMetrics: ['length', 'square'],
    ratioMetrics: { meanSquare: ['square', 'length'] },
  };
  const { step } = environment;
  environment.step = (batch, random) => {
    step(batch, random);
    for (let b = 0; b < batch.instances; b++) {
      const n = batch.state.count[b];
      batch.episodeMetric[0].set([n, n * n], 2 * b);
    }
  };
  const { agents } = await evaluate(environment, 2);
  expect(agents.solo.metrics).toEqual({ length: 5, square: 41, meanSquare: 41 / 5 });
});

describe('the recorded game', () => {
  test('is the first episode of the first instance, rewards summed over heads', async () => {
    const { game } = await evaluate(
      counting((b) => (b === 0 ? 3 : 50)),
      200,
    );
    expect(game.rewards).toEqual({ solo: [11, 22, 33] });
    expect(game.actions.solo).toHaveLength(3);
    for (const action of game.actions.solo) expect(action).toHaveLength(1);
  });

  test(`has at most ${RECORDED_STEPS} steps`, async () => {
    const { game, agents } = await evaluate(
      counting(() => RECORDED_STEPS + 7),
      1,
    );
    expect(agents.solo.length).toBe(RECORDED_STEPS + 7);
    expect(game.rewards.solo).toHaveLength(RECORDED_STEPS);
    expect(game.actions.solo).toHaveLength(RECORDED_STEPS);
  });

  test('has what was seen before each action, not after it', async () => {
    const { game } = await evaluate(
      counting((b) => (b === 0 ? 3 : 50)),
      200,
    );
    expect(game.observations).toEqual({ solo: [[0], [1], [2]] });
    expect(game).not.toHaveProperty('further');
  });

  test('has six digits of what was seen', async () => {
    const environment = counting(() => 2);
    const { reset } = environment;
    environment.reset = (batch, instances, count, random) => {
      reset(batch, instances, count, random);
      batch.observation[0][0] = 1 / 3;
    };
    expect((await evaluate(environment, 1)).game.observations).toEqual({ solo: [[0.333333], [1]] });
  });

  test('is followed by the games of further instances where it is a single step', async () => {
    // Of instances 0 … 7 the odd ones go on.
    const { game } = await evaluate(
      counting((b) => (b % 2 === 0 ? 1 : 9)),
      8,
    );
    expect(game.rewards).toEqual({ solo: [11] });
    expect(game.further).toMatchObject({ rewards: { solo: [11, 11, 11] }, observations: { solo: [[0], [0], [0]] } });
    expect(game.further?.actions.solo).toHaveLength(3);
    const many = await evaluate(
      counting(() => 1),
      500,
    );
    expect(many.game.further?.rewards.solo).toHaveLength(31);
  });

  test('is not followed by longer games, though they end with it', async () => {
    const { game } = await evaluate(
      counting(() => 2),
      8,
    );
    expect(game.rewards).toEqual({ solo: [11, 22] });
    expect(game).not.toHaveProperty('further');
  });

  test('is not followed by what was cut off', async () => {
    const { game } = await evaluate(
      counting(() => 9),
      8,
      1,
    );
    expect(game.rewards).toEqual({ solo: [11] });
    expect(game).not.toHaveProperty('further');
  });

  test.each([1, 10, 100, 1000])('with %i numbers in an observation fits into an event', async (features) => {
    const { step, reset, ...counted } = counting(() => RECORDED_STEPS);
    const environment: Environment = {
      ...counted,
      agents: [{ id: 'solo', observationSpace: box(features), actionSpace: box(1) }],
      reset(batch, instances, count, random) {
        reset(batch, instances, count, random);
        batch.observation[0].fill(-1 / 3);
      },
      step(batch, random) {
        step(batch, random);
        batch.observation[0].fill(-1 / 3);
      },
    };
    const { game } = await evaluate(environment, 1);
    expect(game.rewards.solo).toHaveLength(RECORDED_STEPS);
    expect(JSON.stringify(game).length).toBeLessThan(64_000);
    const seen = game.observations?.solo.length ?? 0;
    expect(seen).toBeGreaterThanOrEqual(Math.min(RECORDED_STEPS, Math.floor(30_000 / (10 * features))));
    expect(seen).toBeLessThanOrEqual(RECORDED_STEPS);
  });
});

test('profiles are sampled from the policies evaluated', async () => {
  const profile = { agent: 'solo', label: 'count', quantity: 'number', element: 0 };
  const profiles = [{ ...profile, points: [0, 1, 2], observations: [[0], [1], [2]] }];
  const environment = { ...counting(() => 3), profiles };
  const [told] = (await evaluate(environment, 1)).profiles ?? [];
  expect(told).toMatchObject({
    agent: 'solo',
    label: 'count',
    quantity: 'number',
    points: [0, 1, 2],
    participation: [1, 1, 1],
  });
  expect(told).not.toHaveProperty('reference');
  expect(told?.mean).toHaveLength(3);
  // An action of the first weights is nearly a standard normal.
  for (const mean of told?.mean ?? []) expect(Math.abs(mean ?? Infinity)).toBeLessThan(0.5);
});

test('evaluations with the same seed are the same, and leave no memory behind', async () => {
  const planned = planOf({ env: { id: 'median-v1', options: { steps: 12 } } });
  const { units, layouts } = await openInline(planned);
  const kernels = createPlainKernels();
  const evaluator = new Evaluator(kernels, planned.plan);
  const weights = actingWeights(units, layouts);
  const before = kernels.allocatedBytes;
  const request = { version: 0, weights, episodes: 5, maxSteps: 100, seed: 4 };
  const first = evaluator.evaluate(request);
  expect(evaluator.evaluate(request)).toEqual(first);
  expect(evaluator.evaluate({ ...request, seed: 5 })).not.toEqual(first);
  expect(kernels.allocatedBytes).toBe(before);
});
