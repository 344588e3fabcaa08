import { expect, test } from 'vitest';
import type { Environment } from '../../../src/envs/index.js';
import { TrajectoryWriter } from '../../../src/experience/index.js';
import { createPlainKernels } from '../../../src/kernels/index.js';
import { box } from '../../../src/spaces/index.js';
import type { LearnerState } from '../../../src/training/checkpointing.js';
import { iterationMetrics } from '../../../src/training/iteration-metrics.js';
import type { UpdateResult } from '../../../src/training/update-runner.js';
import { environmentOf, planOf } from './planning.js';

const environment: Environment = {
  agents: ['buyer', 'seller'].map((id) => ({ id, observationSpace: box(1), actionSpace: box(1) })),
  state: {},
  rewardHeads: ['money', 'time'],
  episodeMetrics: ['deals', 'price'],
  ratioMetrics: { pricePerDeal: ['price', 'deals'] },
  reset() {},
  step() {},
};
const { plan } = planOf(
  { env: { id: 'market-v1' }, rollout: { shards: 2, envsPerShard: 2, horizon: 3 }, schedule: { lag: 1 } },
  [environmentOf('market-v1', environment)],
);

const state: LearnerState = {
  iteration: 8,
  counters: { envSteps: 96, agentSteps: 192, learnerSteps: 16, wallSeconds: 4 },
  units: [],
  weights: new Map(),
  cursors: [],
  shards: [],
};

/** Batch 7 of a shard: rewards of agent i in every step are i + 1 and 0.25; `sums` are those of the ended episodes. */
function entry(shard: number, policyVersion: number, sums: readonly number[]) {
  const writer = new TrajectoryWriter(createPlainKernels(), plan.layout);
  writer.begin(shard, 7, policyVersion);
  writer.outputs.reward.forEach((rewards, agent) => {
    for (let row = 0; row < 6; row++) rewards.set([agent + 1, 0.25], 2 * row);
  });
  writer.episodes.set(sums);
  return { batch: writer.finish(), state: new Uint8Array(0) };
}

const update = (policyLoss: number): UpdateResult => ({
  state: { tensors: new Uint8Array(0), counters: {}, replay: null },
  metrics: { policyLoss },
  seconds: { transfer: 0.125, update: 0.5 },
});

const facts = {
  k: 7,
  updates: [update(3), update(-4)],
  actors: 2,
  dropped: 0,
  iterationSeconds: 2,
  waitingSeconds: 0.75,
  collect: { environment: 0.25, policy: 0.5, transfer: 0.25 },
};

test('an iteration is told as its batches and updates have it', () => {
  // Count, steps, then per agent: return, deals, price.
  const entries = [entry(0, 6, [2, 7, 10, 4, 30, -6, 1, 5]), entry(1, 6, [1, 5, 2, 2, 6, 0, 2, 1])];
  expect(iterationMetrics(plan, state, { ...facts, entries })).toEqual({
    type: 'iteration',
    iteration: 8,
    envSteps: 96,
    agentSteps: 192,
    learnerSteps: 16,
    wallSeconds: 4,
    policyLag: 1,
    episodes: 3,
    episodeLength: 4,
    agents: {
      buyer: {
        return: 4,
        rewardPerStep: 1.25,
        heads: { money: 1, time: 0.25 },
        metrics: { deals: 2, price: 12, pricePerDeal: 6 },
      },
      seller: {
        return: -2,
        rewardPerStep: 2.25,
        heads: { money: 2, time: 0.25 },
        metrics: { deals: 1, price: 2, pricePerDeal: 2 },
      },
    },
    policies: { buyer: { policyLoss: 3 }, seller: { policyLoss: -4 } },
    // 2 shards × 2 instances × 3 steps × 2 agents in 2 s; by 2 actors in 1 s of collecting.
    throughput: { agentStepsPerSecond: 12, collectAgentStepsPerSecond: 48 },
    seconds: { iteration: 2, environment: 0.25, policy: 0.5, transfer: 0.5, update: 1, waiting: 0.75 },
  });
});

test('without an ended episode there is no return, no length and no metric', () => {
  const none = [0, 0, 0, 0, 0, 0, 0, 0];
  const event = iterationMetrics(plan, state, { ...facts, actors: 0, entries: [entry(0, 7, none), entry(1, 5, none)] });
  expect(event).toMatchObject({ episodes: 0, episodeLength: null, policyLag: 2 });
  expect(event.agents.buyer).toEqual({
    return: null,
    rewardPerStep: 1.25,
    heads: { money: 1, time: 0.25 },
    metrics: {},
  });
  expect(event.throughput.collectAgentStepsPerSecond).toBe(24);
});

test('collecting that is not known of is told as such, and not as taking no time', () => {
  const entries = [entry(0, 7, []), entry(1, 7, [])];
  const event = iterationMetrics(plan, state, { ...facts, entries, collect: null });
  expect(event.throughput).toEqual({ agentStepsPerSecond: 12, collectAgentStepsPerSecond: null });
  // The transfer of updates is the learner's own.
  expect(event.seconds).toMatchObject({ environment: null, policy: null, transfer: 0.25 });
});

test('collecting that took no time has no rate', () => {
  const entries = [entry(0, 7, []), entry(1, 7, [])];
  const collect = { environment: 0, policy: 0, transfer: 0 };
  expect(iterationMetrics(plan, state, { ...facts, entries, collect }).throughput.collectAgentStepsPerSecond).toBe(0);
});

test('the reward of a step is that of the return head', () => {
  const declared = { ...plan, environment: { ...environment, returnHead: 'time' } };
  const event = iterationMetrics(declared, state, { ...facts, entries: [entry(0, 7, []), entry(1, 7, [])] });
  expect(event.agents.seller).toMatchObject({ rewardPerStep: 0.25, heads: { money: 2, time: 0.25 } });
});
