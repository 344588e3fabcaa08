import { describe, expect, test } from 'vitest';
import type { JobSpecInput } from '../../src/jobs/index.js';
import { inline } from './iterations.js';
import { example, learn } from './learn.js';

/** Games of ten steps in batches of 32: most are cut, and what was remembered goes on in the next batch. */
const spec = example('cue-recall');
const CUES = 4;

const recalled = async (input: JobSpecInput, seed: number): Promise<number> =>
  (await learn(input, seed, inline)).evaluations.at(-1)!.agents['agent-0']!.return;

describe('a cue that is asked for after eight steps', () => {
  test.each([
    { lag: 0, sequenceLength: undefined },
    { lag: 1, sequenceLength: undefined },
    // Cuts inside games: gradients reach over ten steps, and the cue is recalled all the same.
    { lag: 1, sequenceLength: 16 },
  ])(
    'is recalled by a policy with a memory: lag $lag, sequences of $sequenceLength',
    async ({ lag, sequenceLength }) => {
      const options = { ...spec.algorithm!.options, ...(sequenceLength === undefined ? {} : { sequenceLength }) };
      expect(await recalled({ ...spec, schedule: { lag }, algorithm: { options } }, 1)).toBeGreaterThan(0.98);
    },
  );

  test('is guessed by a policy without', async () => {
    const forgetful = {
      ...spec,
      policies: { '*': { network: { hidden: [32] } } },
      evaluation: { ...spec.evaluation, episodes: 2048 },
      stop: { iterations: 60 },
    };
    // A deviation of 2048 guesses is 0.01.
    expect(Math.abs((await recalled(forgetful, 1)) - 1 / CUES)).toBeLessThan(0.04);
  });

  test('is recalled by two agents of one policy, whose value network sees the state of the game', async () => {
    const team: JobSpecInput = {
      ...spec,
      env: { id: 'cue-recall-v1', options: { cues: CUES, delay: 8, agents: 2 } },
      policyMapping: 'shared',
      policies: { '*': { network: { hidden: [16], recurrent: { size: 32 } } } },
      algorithm: { id: 'mappo', options: { ...spec.algorithm!.options, criticInput: 'globalState' } },
    };
    expect(await recalled(team, 1)).toBeGreaterThan(0.98);
  });
});

// One pass over each batch: shorter games do.
const onePass = (id: string, options: object): JobSpecInput => ({
  ...spec,
  env: { id: 'cue-recall-v1', options: { cues: CUES, delay: 4 } },
  algorithm: { id, options: { ...spec.algorithm!.options, entropyCoefficient: 0.05, ...options } },
  rollout: { shards: 2, envsPerShard: 32, horizon: 16 },
});

test.each([
  { id: 'a2c', lag: 0, options: { minibatches: 4 } },
  { id: 'impala', lag: 1, options: { minibatches: 4 } },
  { id: 'reinforce', lag: 0, options: {} },
])('$id learns to recall with lag $lag', async ({ id, lag, options }) => {
  for (const seed of [2, 3]) {
    expect(await recalled({ ...onePass(id, options), schedule: { lag } }, seed)).toBeGreaterThan(0.98);
  }
});

test('impala learns to recall asynchronously', async () => {
  const spec = onePass('impala', { minibatches: 4 });
  const job = { ...spec, rollout: { ...spec.rollout, shards: 4 }, schedule: { kind: 'async' as const } };
  // No two runs are alike: half of the cues are twice what can be guessed.
  expect(await recalled(job, 2)).toBeGreaterThan(0.45);
});
