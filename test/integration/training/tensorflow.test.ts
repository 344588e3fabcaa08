import { describe, expect, it } from 'vitest';
import { createMemoryCheckpointStore } from '../../../src/checkpoints/index.js';
import type { JobSpecInput } from '../../../src/jobs/index.js';
import { train } from '../../../src/train.js';
import { createTeam, runTraining, type TrainingEvent } from '../../../src/training/index.js';
import { BACKENDS, engineOn } from '../../helpers/tensorflow/backends.js';
import { recorder, resolve, smallJob } from '../../helpers/training.js';

const inThisThread = { actors: 0, learners: 0 };

const onTensorflow = (input: JobSpecInput, backend: (typeof BACKENDS)[number]): JobSpecInput => ({
  ...input,
  engine: 'tensorflow',
  tensorflow: { backend },
});

/** One update of everything that a policy has. */
const oneUpdate: JobSpecInput = {
  ...smallJob,
  policies: { '*': { network: { hidden: [16, 16] }, valueNetwork: { activation: 'relu' } } },
  algorithm: { options: { epochs: 1, minibatches: 3, learningRate: 0.001 } },
  schedule: { lag: 0 },
  stop: { iterations: 1 },
};

const pictures: JobSpecInput = {
  ...smallJob,
  env: { id: 'two-rooms-v1', options: {} },
  policies: {
    '*': {
      network: {
        kind: 'layers',
        layers: [
          { type: 'conv2d', filters: 4, kernelSize: 3 },
          { type: 'dense', units: 8 },
        ],
      },
    },
  },
  stop: { iterations: 3 },
};

/** Levels that share described layers, one of them with a memory. */
const levels: JobSpecInput = {
  ...smallJob,
  env: { id: 'hierarchical-demo-v1' },
  policies: {
    '*': {
      network: {
        kind: 'layers',
        layers: [
          { type: 'dense', units: 8 },
          { type: 'gru', units: 6 },
        ],
      },
      valueNetwork: { kind: 'mlp', hidden: [8] },
    },
  },
  algorithm: { options: { epochs: 1, minibatches: 1, shuffle: 'instances' } },
  stop: { iterations: 4 },
};

const metricsOf = (events: readonly TrainingEvent[]): Readonly<Record<string, number>>[] =>
  events.flatMap((event) => (event.type === 'iteration' ? Object.values(event.policies) : []));

describe('training on TensorFlow.js', () => {
  it.for(BACKENDS)('makes the update that the kernels make, within 1e-4 (%s)', async (backend, context) => {
    await engineOn(backend, context);
    const expected = await runTraining('kernels', resolve(oneUpdate), inThisThread);
    const { events, onEvent } = recorder();
    const found = await runTraining(backend, resolve(onTensorflow(oneUpdate, backend)), { ...inThisThread, onEvent });
    const before = await runTraining('before', resolve({ ...oneUpdate, stop: { wallSeconds: 1e-9 } }), inThisThread);
    for (const [policyId, weights] of Object.entries(expected.weights)) {
      const differences = found.weights[policyId]!.map((weight, i) => Math.abs(weight - weights[i]!));
      expect(Math.max(...differences)).toBeLessThan(1e-4);
      const moves = before.weights[policyId]!.map((weight, i) => Math.abs(weight - weights[i]!));
      expect(Math.max(...moves)).toBeGreaterThan(1e-3);
    }
    expect(events[0]).toMatchObject({
      type: 'started',
      engine: expect.stringMatching(`TensorFlow.js .* \\(${backend}\\)`),
    });
  });

  it.for(BACKENDS)('gives the same weights twice, and leaves no tensor behind (%s)', async (backend, context) => {
    const engine = await engineOn(backend, context);
    const described = [pictures, levels].map((input) => ({ ...input, tensorflow: { backend } }));
    for (const input of [onTensorflow(smallJob, backend), ...described]) {
      const { events, onEvent } = recorder();
      const before = engine.tensors;
      const first = await runTraining('first', resolve(input), { ...inThisThread, onEvent });
      const second = await runTraining('second', resolve(input), inThisThread);
      expect(second.digest).toBe(first.digest);
      const tensors = metricsOf(events).map((metrics) => metrics.tensors!);
      // The first iteration makes what later ones keep: tensors of the parameters, one for each part.
      expect(new Set(tensors.slice(-2 * Object.keys(first.weights).length)).size).toBe(1);
      expect(Math.max(...tensors)).toBeGreaterThan(before);
      expect(engine.tensors).toBe(before);
    }
  });

  it.for(BACKENDS)('gives the same weights in worker threads (%s)', async (backend, context) => {
    await engineOn(backend, context);
    const spec = resolve({ ...pictures, tensorflow: { backend } });
    const alone = await runTraining('alone', spec, inThisThread);
    const threads = await runTraining('threads', spec, { actors: 2, learners: 1 });
    expect(threads.digest).toBe(alone.digest);
  });

  it.for(BACKENDS)('goes on from a checkpoint to the same weights (%s)', async (backend, context) => {
    await engineOn(backend, context);
    const spec = resolve({ ...levels, tensorflow: { backend } });
    const whole = await runTraining('whole', spec, inThisThread);
    const checkpoints = createMemoryCheckpointStore();
    const { onEvent, signal } = recorder((event) => event.type === 'iteration' && event.iteration === 2);
    const first = await runTraining('parts', spec, { ...inThisThread, checkpoints, onEvent, signal });
    expect(first.iterations).toBeLessThan(4);
    const second = await runTraining('parts', spec, { ...inThisThread, checkpoints, resume: true });
    expect(second).toMatchObject({ iterations: 4, digest: whole.digest });
  });

  it('has a team act by described layers once TensorFlow.js is loaded', async (context) => {
    await engineOn('wasm', context);
    const { team, spec, weights } = await train({ ...pictures, tensorflow: { backend: 'wasm' } }, inThisThread);
    const seen = new Float32Array(75).fill(0.5);
    const [action] = team.act('agent-0', seen);
    expect([0, 1, 2, 3]).toContain(action);
    expect([...createTeam(spec, weights).act('agent-0', seen)]).toEqual([action]);
  });
});
