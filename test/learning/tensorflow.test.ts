import { describe, expect, it, test } from 'vitest';
import type { JobSpecInput } from '../../src/jobs/index.js';
import { BACKENDS, engineOn } from '../helpers/tensorflow/backends.js';
import { learn } from './learn.js';

const threads = { actors: 1, learners: 1 };

/** Two rooms, seen as a picture: the way to the goal depends on where wall, door and goal lie, which no weight of single pixels tells. */
const rooms = (network: object): JobSpecInput => ({
  env: { id: 'two-rooms-v1', options: { shaping: 0.2 } },
  policies: { '*': { network } },
  algorithm: {
    options: { gamma: 0.8, entropyCoefficient: 0.01, learningRate: 0.005, epochs: 3, minibatches: 4 },
  },
  rollout: { shards: 2, envsPerShard: 64, horizon: 16 },
  evaluation: { every: 10, episodes: 200 },
  checkpoint: { every: 0 },
  stop: { iterations: 120, return: 1.45 },
});

const CONVOLUTIONAL = {
  kind: 'layers',
  activation: 'relu',
  layers: [
    { type: 'conv2d', filters: 12, kernelSize: 3, padding: 'same' },
    { type: 'flatten' },
    { type: 'dense', units: 32 },
  ],
};

describe('pictures', () => {
  it('are learned from by a convolutional policy', async () => {
    const { reason, evaluations } = await learn(rooms(CONVOLUTIONAL), 1, threads);
    const { metrics } = evaluations.at(-1)!.agents['agent-0']!;
    expect(reason).toBe('return');
    expect(metrics.arrived).toBeGreaterThan(0.9);
  }, 240_000);

  it('are beyond a policy that is linear in the pixels, with as much to learn from', async () => {
    const { reason, evaluations } = await learn(rooms({ hidden: [] }), 1, threads);
    expect(reason).toBe('iterations');
    expect(evaluations.at(-1)!.agents['agent-0']!.metrics.arrived).toBeLessThan(0.75);
  });
});

const cart: JobSpecInput = {
  env: { id: 'cartpole-v1' },
  policies: { '*': { network: { hidden: [32] } } },
  algorithm: { options: { learningRate: 0.005, epochs: 3 } },
  rollout: { shards: 2, envsPerShard: 16, horizon: 64 },
  evaluation: { every: 5, episodes: 20 },
  checkpoint: { every: 0 },
  stop: { iterations: 40, return: 150 },
};

describe('the same job learns cart-pole', () => {
  test('on the kernels', async () => {
    const { reason, engine } = await learn(cart, 1, threads);
    expect(reason).toBe('return');
    expect(engine).toMatch(/^(native|wasm)\b(?!.*tensorflow)/i);
  });

  it.for(BACKENDS)('on TensorFlow.js (%s)', async (backend, context) => {
    await engineOn(backend, context);
    const { reason, engine } = await learn({ ...cart, engine: 'tensorflow', tensorflow: { backend } }, 1, threads);
    expect(reason).toBe('return');
    expect(engine).toContain('TensorFlow.js');
    expect(engine).toContain(`(${backend})`);
  });
});

test('recurrent layers of TensorFlow.js remember the cue that they are asked for', async () => {
  const { reason, evaluations } = await learn(
    {
      env: { id: 'cue-recall-v1', options: { cues: 2, delay: 4 } },
      tensorflow: { backend: 'wasm' },
      policies: {
        '*': {
          network: { kind: 'layers', layers: [{ type: 'lstm', units: 12 }] },
          valueNetwork: { kind: 'mlp', hidden: [16] },
        },
      },
      algorithm: { options: { learningRate: 0.01, shuffle: 'instances' } },
      rollout: { shards: 2, envsPerShard: 32, horizon: 12 },
      evaluation: { every: 5, episodes: 64 },
      checkpoint: { every: 0 },
      stop: { iterations: 60, return: 0.99 },
    },
    1,
    threads,
  );
  expect(evaluations[0]!.agents['agent-0']!.return).toBeLessThan(0.7);
  expect(reason).toBe('return');
});
