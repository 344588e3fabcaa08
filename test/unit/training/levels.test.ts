import { describe, expect, test } from 'vitest';
import type { EnvironmentDefinition } from '../../../src/envs/index.js';
import { PolicyBatchStorage, readTrajectory } from '../../../src/experience/index.js';
import { createPlainKernels } from '../../../src/kernels/index.js';
import {
  activeLevels,
  contains,
  describeAction,
  type HierarchicalSpace,
  placeLevels,
} from '../../../src/spaces/index.js';
import { Evaluator } from '../../../src/training/evaluator.js';
import { actingWeights, openInline, planOf } from './planning.js';

const orders = (await import(new URL('../../helpers/environments/orders.mjs', import.meta.url).href)) as {
  readonly environment: EnvironmentDefinition;
};
const [T, B, F, A, L, M, H] = [9, 6, 2, 3, 3, 5, 3];
const planned = planOf(
  {
    env: { id: 'orders-v1' },
    policies: { '*': { network: { outputGain: 1 } } },
    rollout: { shards: 1, envsPerShard: B, horizon: T },
  },
  [orders.environment],
);
const [agent] = planned.plan.environment.agents;
const space = agent.actionSpace as HierarchicalSpace;
const levels = placeLevels(space);
const { workers, units, layouts } = await openInline(planned);
const weights = actingWeights(units, layouts);

describe('a batch collected in levels', async () => {
  const { batch: bytes } = await workers.run('job', 'collect', { shard: 0, k: 0, version: 0, weights, state: null });
  const batch = readTrajectory(planned.plan.layout, bytes);
  const active = batch.agents.map(({ action }) => {
    const flags = new Uint8Array(T * B * L);
    for (let n = 0; n < T * B; n++) activeLevels(levels, action, n * A, flags, n * L);
    return flags;
  });

  test('has actions of the space, by what the agent saw and might do', () => {
    for (const { observation, action, actionMask } of batch.agents) {
      for (let n = 0; n < T * B; n++) {
        const [enter, kind] = action.subarray(n * A, n * A + A);
        const seen = { values: observation, offset: n * F };
        expect(contains(space, action, n * A, seen), `row ${n}: ${action.subarray(n * A, n * A + A)}`).toBe(true);
        expect(actionMask[n * M + enter]).toBe(1);
        if (enter === 1) expect(actionMask[n * M + 2 + kind]).toBe(1);
      }
    }
  });

  test('has a log-probability of every level that was decided, and 0 of the others', () => {
    batch.agents.forEach(({ behaviorLogProb, actionMask }, i) => {
      expect(behaviorLogProb).toHaveLength(T * B * L);
      const decided = [0, 0, 0];
      for (let n = 0; n < T * B; n++) {
        for (let l = 0; l < L; l++) {
          const logProb = behaviorLogProb[n * L + l];
          decided[l] += active[i][n * L + l];
          // Who may not enter passes for certain.
          const open = active[i][n * L + l] === 1 && (l > 0 || actionMask[n * M + 1] === 1);
          expect(logProb !== 0, `row ${n}, level ${l}: ${logProb}`).toBe(open);
        }
      }
      expect(decided[0]).toBe(T * B);
      expect(decided[2]).toBeGreaterThan(2);
      expect(decided[1]).toBeGreaterThan(decided[2]);
      expect(decided[1]).toBeLessThan(T * B);
    });
  });

  test('becomes a policy’s batch with a reward per level, by the heads that pay them', () => {
    const storage = new PolicyBatchStorage(createPlainKernels(), {
      ...{ segments: 1, horizon: T, instances: B },
      ...{ observationSize: F, actionSize: A, maskSize: M, rewardHeads: H, levels },
      // Heads are gain, entry and style; levels are paid by entry, style and gain.
      rewardChannels: [[1], [2], [0]],
    });
    storage.load([batch], [1]);
    expect([...storage.levelActive]).toEqual([...active[1]]);
    const { reward, action } = batch.agents[1];
    for (let n = 0; n < T * B; n++) {
      const [entry, style, gain] = [0, 1, 2].map((c) => storage.rewards[c * T * B + n]);
      expect([gain, entry, style]).toEqual([...reward.subarray(n * H, n * H + H)]);
      expect(style).toBe(action[n * A + 1] === 2 ? 1 : 0);
      if (action[n * A] === 0) expect(entry).toBe(0);
    }
  });
});

test('an evaluation plays the modes of all levels, and tells of every head', () => {
  const kernels = createPlainKernels();
  const before = kernels.allocatedBytes;
  const evaluator = new Evaluator(kernels, planned.plan);
  const settings = { version: 0, weights, episodes: 12, maxSteps: 100, seed: 4 };
  const result = evaluator.evaluate(settings);
  // Its laws have taken what they need, once.
  const kept = kernels.allocatedBytes;
  evaluator.evaluate(settings);
  expect(kernels.allocatedBytes).toBe(kept);
  for (const id of ['one', 'other']) {
    const told = result.agents[id];
    expect(Object.keys(told.heads ?? {})).toEqual(['gain', 'entry', 'style']);
    const heads = Object.values(told.heads ?? {}).reduce((sum, mean) => sum + mean, 0);
    expect(told.rewardPerStep).toBeCloseTo(heads, 9);
    expect(result.game?.actions[id]).toHaveLength(5);
    for (const action of result.game?.actions[id] ?? []) {
      expect(action).toHaveLength(A);
      expect(contains(space, action)).toBe(true);
      const { enter, kind } = describeAction(space, action);
      expect(kind === null).toBe(enter === 0);
    }
  }
  evaluator.dispose();
  expect(kernels.allocatedBytes).toBe(before);
});
