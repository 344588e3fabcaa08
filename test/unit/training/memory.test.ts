import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import type { Checkpoint } from '../../../src/checkpoints/index.js';
import type { Environment } from '../../../src/envs/index.js';
import { readTrajectory } from '../../../src/experience/index.js';
import { createPlainKernels, type F32 } from '../../../src/kernels/index.js';
import { createPolicy } from '../../../src/policies/index.js';
import { box } from '../../../src/spaces/index.js';
import { crossPlay } from '../../../src/training/cross-play.js';
import { createTeam, runTraining } from '../../../src/training/index.js';
import { resolve } from '../../helpers/training.js';
import { actingWeights, environmentOf, openInline, planOf } from './planning.js';

const [MEMORY, STEPS, B] = [3, 4, 3];

/** Two agents that see the same in every step and are paid what they do; instance b ends after b + 2 steps, or never. */
const monotone = (ends: boolean): Environment => ({
  agents: ['one', 'other'].map((id) => ({ id, observationSpace: box(1), actionSpace: box(1) })),
  state: { count: { dtype: 'i32' } },
  reset(batch, instances, count) {
    for (let e = 0; e < count; e++) {
      batch.state.count[instances[e]] = 0;
      for (const observation of batch.observation) observation[instances[e]] = 1;
    }
  },
  step(batch) {
    for (let b = 0; b < batch.instances; b++) {
      for (let agent = 0; agent < 2; agent++) {
        batch.observation[agent][b] = 1;
        batch.reward[agent][b] = batch.action[agent][b];
      }
      if (++batch.state.count[b] === (b % 3) + 2 && ends) (b % 2 === 0 ? batch.terminated : batch.truncated)[b] = 1;
    }
  },
});

const plannedOf = (ends: boolean) =>
  planOf(
    {
      env: { id: 'monotone-v1' },
      policies: {
        '*': { network: { hidden: [], outputGain: 1, recurrent: { size: MEMORY } } },
        other: { network: { recurrent: { size: 2 * MEMORY } } },
      },
      rollout: { shards: 2, envsPerShard: B, horizon: STEPS },
    },
    [environmentOf('monotone-v1', monotone(ends))],
  );

const planned = plannedOf(true);
const { workers, units, layouts } = await openInline(planned);
const weights = actingWeights(units, layouts);
const collect = async (shard: number, k: number, state: Uint8Array | null) => {
  const { batch, state: after } = await workers.run('job', 'collect', { shard, k, version: 0, weights, state });
  return { batch: readTrajectory(planned.plan.layout, batch.slice()), bytes: [...batch], after };
};

describe('what policies remember', () => {
  test('begins as nothing, travels with the batch, goes on in the next one, and ends with the episode', async () => {
    const kernels = createPlainKernels();
    let { batch, after } = await collect(0, 0, null);
    for (const agent of batch.agents) expect(agent.state.every((value) => value === 0)).toBe(true);
    for (let k = 1; k < 3; k++) {
      const expected = batch.agents.map(({ observation, state }, i) => {
        const { policySpec } = planned.plan.policies[i];
        const S = (i + 1) * MEMORY;
        const policy = createPolicy(kernels, {
          observationSize: 1,
          space: box(1),
          masked: false,
          spec: policySpec,
          maxRows: B,
        });
        const place = (values: ArrayLike<number>): F32 => {
          const array = kernels.f32(values.length);
          array.set(values);
          return array;
        };
        const parameters = place(new Float32Array(units[i].tensors.slice().buffer, 0, policy.parameterCount));
        const carried = place(state);
        for (let t = 0; t < STEPS; t++) {
          const seen = place(observation.subarray(t * B, (t + 1) * B));
          policy.remember(parameters, seen, B, { steps: 1, state: carried, starts: null });
          for (let b = 0; b < B; b++) {
            const n = t * B + b;
            if (batch.terminated[n] !== 0 || batch.truncated[n] !== 0) carried.fill(0, b * S, (b + 1) * S);
          }
        }
        return [...carried];
      });
      expect(expected.flat().some((value) => value === 0)).toBe(true);
      ({ batch, after } = await collect(0, k, after));
      expect(batch.agents.map(({ state }) => [...state])).toEqual(expected);
      expect(batch.agents[1].state.some((value) => value !== 0)).toBe(true);
    }
  });

  test('is all in the state of the shard, whatever was collected in between', async () => {
    const first = await collect(0, 0, null);
    const next = await collect(0, 1, first.after);
    const state = first.after.slice();
    await collect(1, 0, null);
    const again = await collect(0, 1, state);
    expect(again.bytes).toEqual(next.bytes);
    expect((await collect(1, 0, null)).batch.agents[0].state.every((value) => value === 0)).toBe(true);
  });
});

// The mean of ratio − 1 − log ratio is 0 only where every ratio is 1: the learner recomputed what actors did, to the bit.
test.each([
  [0, true],
  [1, false],
])('with lag %i, ratios before the first step of an update are exactly 1: %s', async (lag, exact) => {
  const kl: number[] = [];
  const spec = resolve({
    env: { id: 'cue-recall-v1', options: { delay: 3, agents: 2 } },
    policyMapping: 'shared',
    policies: { '*': { network: { hidden: [4], recurrent: { size: MEMORY }, normalizeInput: true } } },
    algorithm: { options: { epochs: 1, minibatches: 1, learningRate: 0.05, sequenceLength: 4 } },
    rollout: { shards: 2, envsPerShard: 3, horizon: 7 },
    schedule: { lag },
    evaluation: { every: 0, episodes: 1 },
    stop: { iterations: 6 },
  });
  await runTraining('job', spec, {
    actors: 0,
    learners: 0,
    onEvent: (event) => {
      if (event.type === 'iteration') kl.push(event.policies.shared!.approximateKl!);
    },
  });
  expect(kl).toHaveLength(6);
  expect(kl.every((value) => value === 0)).toBe(exact);
});

// With one observation and modes, an action is a function of how long the episode has lasted.
describe('episodes that are only played', () => {
  const returnsOf = async (ends: boolean, episodes: number, maxSteps: number): Promise<number> => {
    const own = ends ? planned : plannedOf(false);
    const opened = ends ? workers : (await openInline(own)).workers;
    const { agents } = await opened.run('job', 'evaluate', { version: 0, weights, episodes, maxSteps, seed: 1 });
    return agents.one!.return;
  };
  const contestant = (ends: boolean) => {
    const { spec } = ends ? planned : plannedOf(false);
    const tensor = { name: 'weights/0', dtype: 'f32', shape: [weights.byteLength / 4], bytes: weights };
    return { spec, checkpoint: { iteration: 0, tensors: [tensor] } as unknown as Checkpoint };
  };
  const paidOf = (ends: boolean, episodes: number, maxSteps: number): number => {
    const environments = [environmentOf('monotone-v1', monotone(ends))];
    const settings = { episodes, seed: 1, maxSteps, modes: true, environments };
    return crossPlay([contestant(ends)], settings)[0].returns[0];
  };

  test.each([
    ['ended', true, 100],
    ['cut off', false, 3],
  ] as const)('begin without memories of the one before, where that was %s', async (_name, ends, maxSteps) => {
    // Three instances are one of each kind; of 384 episodes each of 128 instances plays three.
    const few = ends ? 3 : 1;
    const many = 384;
    const tolerance = ends ? 0.02 : 1e-6;
    expect(Math.abs((await returnsOf(ends, many, maxSteps)) - (await returnsOf(ends, few, maxSteps)))).toBeLessThan(
      tolerance,
    );
    expect(Math.abs(paidOf(ends, many, maxSteps) - paidOf(ends, few, maxSteps))).toBeLessThan(tolerance);
  });
});

describe('a team with a memory', () => {
  const environments = [environmentOf('monotone-v1', monotone(true))];
  const parameters = Object.fromEntries(
    planned.plan.policies.map(({ policyId }, p) => [
      policyId,
      new Float32Array(units[p].tensors.slice().buffer, 0, layouts[p].acting[0].count),
    ]),
  );
  const team = createTeam(planned.spec, parameters, environments);
  const actions = (agent: string, count: number): number[] =>
    Array.from({ length: count }, () => team.act(agent, [1])[0]);

  test('acts on all that an agent saw since the episode began', () => {
    team.begin();
    const first = actions('one', 3);
    expect(new Set(first).size).toBe(3);
    const mine = actions('one', 1);
    team.begin();
    expect(actions('one', 3)).toEqual(first);
    // What the other agent sees is not remembered here.
    actions('other', 2);
    expect(actions('one', 1)).toEqual(mine);
  });

  test('tells probabilities without remembering that it was asked', () => {
    team.begin();
    const asked = team.logProbability('one', [1], [0.5]);
    expect(team.logProbability('one', [1], [0.5])).toBe(asked);
    const first = actions('one', 1);
    expect(team.logProbability('one', [1], [0.5])).not.toBe(asked);
    team.begin();
    expect(actions('one', 1)).toEqual(first);
    const drawn = team.act('one', [1], { sample: new RandomStream(1, 'test') });
    expect(drawn).toHaveLength(1);
  });
});
