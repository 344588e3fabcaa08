import { expect, it } from 'vitest';
import { createMemoryCheckpointStore } from '../../../src/checkpoints/index.js';
import { exportPolicies } from '../../../src/export/index.js';
import { type CreateModel, loadTensorflow } from '../../../src/networks/tensorflow/index.js';
import { type TrainOptions, train } from '../../../src/train.js';
import { recorder, smallJob } from '../../helpers/training.js';

/** What no description of layers says: two ways through the network, one of them scaled. */
const twoWays: CreateModel = (tf, { inputSize, outputSize }) => {
  const start = (seed: number) => tf.initializers.glorotUniform({ seed });
  const input = tf.input({ shape: [inputSize] });
  const one = tf.layers.dense({ units: 6, activation: 'elu', kernelInitializer: start(1) }).apply(input);
  const two = tf.layers.dense({ units: 6, activation: 'softsign', kernelInitializer: start(2) }).apply(input);
  const both = tf.layers.multiply().apply([one, two] as never[]);
  const output = tf.layers.dense({ units: outputSize, kernelInitializer: start(3) }).apply(both);
  return tf.model({ inputs: input, outputs: output as never });
};

const job = {
  ...smallJob,
  tensorflow: { backend: 'wasm' },
  checkpoint: { every: 1 },
  stop: { iterations: 3 },
} as const;
const models = { 'agent-0': twoWays };

it('a job trains a tf.LayersModel given by code, twice alike, resumed or not', async () => {
  const checkpoints = createMemoryCheckpointStore();
  const whole = await train(job, { models, checkpoints });
  // Weights of 1 → 6 twice and 6 → 1, and what the law has of its own.
  expect(whole.weights['agent-0']!.length - whole.weights['agent-1']!.length).toBe(6 + 6 + 6 + 6 + 7 - (8 + 8 + 9));
  const { tensors } = await loadTensorflow('wasm');
  const other = await train({ ...job, stop: { iterations: 1 } }, { models });
  expect(other.weights['agent-0']).not.toEqual(whole.weights['agent-0']);

  const interrupted = createMemoryCheckpointStore();
  const { onEvent, signal } = recorder((event) => event.type === 'iteration' && event.iteration === 2);
  const begun = await train(job, { models, checkpoints: interrupted, onEvent, signal });
  expect(begun.state).toBe('cancelled');
  const resumed = await train(job, { models, checkpoints: interrupted, resume: true });
  expect(resumed.digest).toBe(whole.digest);
  expect([...resumed.team.act('agent-0', [0.3])]).toEqual([...whole.team.act('agent-0', [0.3])]);
  // Three teams more hold a model each; nothing of the jobs is left.
  const perTeam = 6;
  expect((await loadTensorflow('wasm')).tensors).toBeLessThanOrEqual(tensors + 3 * 2 * perTeam);

  const { checkpoint } = (await checkpoints.newest())!;
  expect(() => exportPolicies(checkpoint, 'safetensors', 'agent-0', {})).toThrow(
    expect.objectContaining({ code: 'EXPORT_UNSUPPORTED' }),
  );
  expect(exportPolicies(checkpoint, 'safetensors', 'agent-1', {})).toHaveLength(1);
});

const wrongSize: CreateModel = (tf) => tf.sequential({ layers: [tf.layers.dense({ units: 9, inputShape: [1] })] });

it.each<[string, object, TrainOptions, string, RegExp]>([
  ['threads that collect', {}, { models, actors: 1 }, 'TRAINING_MODEL_UNFIT', /threads/],
  ['threads that update', {}, { models, learners: 2 }, 'TRAINING_MODEL_UNFIT', /2 threads/],
  ['no policy', {}, { models: { nobody: twoWays } }, 'TRAINING_MODEL_UNFIT', /agent-0, agent-1/],
  ['levels', { env: { id: 'hierarchical-demo-v1' } }, { models }, 'TRAINING_MODEL_UNFIT', /levels/],
  [
    'a memory',
    { policies: { '*': { network: { recurrent: { size: 4 } } } } },
    { models },
    'TRAINING_MODEL_UNFIT',
    /memory/,
  ],
  ['another size', {}, { models: { 'agent-0': wrongSize } }, 'NETWORK_DESCRIPTION_INVALID', /gives 9 numbers/],
])('a model is refused for %s', async (_, part, options, code, message) => {
  const refused = train({ ...job, ...part }, options);
  await expect(refused).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});
