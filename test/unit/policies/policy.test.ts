import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { createPlainKernels } from '../../../src/kernels/index.js';
import type { NetworkSpec } from '../../../src/networks/index.js';
import { createFlatPolicy, createValueNetwork, type PolicyOptions } from '../../../src/policies/index.js';
import { binary, box, discrete, type SimpleSpace } from '../../../src/spaces/index.js';
import { bits, f32, kernels, noMask, normals, SPEC, uniforms } from './fixtures.js';

const network: NetworkSpec = { kind: 'mlp', hidden: [6], activation: 'tanh', initialization: 'orthogonal' };

const create = (space: SimpleSpace, over: Partial<Omit<PolicyOptions, 'space'>> = {}) =>
  createFlatPolicy(kernels, {
    observationSize: 3,
    space,
    masked: false,
    spec: { network, distribution: SPEC },
    maxRows: 4,
    ...over,
  });

function initialized(space: SimpleSpace, over: Partial<Omit<PolicyOptions, 'space'>> = {}) {
  const policy = create(space, over);
  const parameters = f32(new Float32Array(policy.parameterCount));
  policy.initialize(parameters, new RandomStream(5, 'initialize'));
  return { policy, parameters };
}

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend('cpu');
});

describe('a policy', () => {
  it('has one parameter block: network, then free parameters', () => {
    const { policy, parameters } = initialized(box(2), {
      spec: { network, distribution: { ...SPEC, initialLogStd: -0.5 } },
    });
    const networkCount = 3 * 6 + 6 + 6 * 2 + 2;
    expect(policy.parameterCount).toBe(networkCount + 2);
    expect(policy.parameterLayout.at(-1)).toEqual({ name: 'distribution.free', shape: [2], offset: networkCount });
    expect([...policy.free(parameters)]).toEqual([-0.5, -0.5]);
    expect([...parameters.slice(networkCount)]).toEqual([-0.5, -0.5]);
    parameters[networkCount] = 30;
    policy.project(parameters);
    expect(parameters[networkCount]).toBe(2);
  });

  it('has no part for free parameters where there are none', () => {
    const policy = create(discrete(3));
    expect(policy.parameterLayout.map((part) => part.name)).not.toContain('distribution.free');
    expect(policy.free(f32(new Float32Array(policy.parameterCount)))).toHaveLength(0);
  });

  it('starts with outputs near 0 unless the spec has a gain', () => {
    const far = (gain?: number): number => {
      const spec = { network: { ...network, ...(gain === undefined ? {} : { outputGain: gain }) }, distribution: SPEC };
      const { policy, parameters } = initialized(box(1), { spec });
      const action = f32([0]);
      policy.actMode(parameters, f32([1, -1, 0.5]), noMask, action, 1);
      return Math.abs(action[0]!);
    };
    expect(far()).toBeLessThan(0.03);
    expect(far(1)).toBeGreaterThan(10 * far());
  });

  it.each<[string, SimpleSpace, boolean]>([
    ['gaussian', box(2), false],
    ['squashed gaussian', box(2, { low: 0, high: 1 }), false],
    ['masked categorical', discrete(3), true],
    ['masked bernoulli', binary(2), true],
    ['deterministic', box(1), false],
  ])('acts on many blocks of rows as on one, to the bit: %s', (name, space, masked) => {
    const B = 11;
    const run = (maxRows: number): number[] => {
      const kind = name === 'deterministic' ? name : 'auto';
      const { policy, parameters } = initialized(space, {
        masked,
        maxRows,
        spec: { network, distribution: { ...SPEC, kind } },
      });
      const observation = normals(B * 3, 1);
      const noise =
        policy.noiseKind === 'normal' ? normals(B * policy.noiseSize, 2) : uniforms(B * policy.noiseSize, 2);
      const mask = Uint8Array.from({ length: B * policy.maskSize }, (_, k) => (k % 3 === 1 ? 0 : 1));
      const actions = f32(new Float32Array(B * policy.actionSize));
      const modes = f32(new Float32Array(B * policy.actionSize));
      const logProbs = f32(new Float32Array(B).fill(9));
      policy.act(parameters, observation, mask, noise, actions, logProbs, B);
      policy.actMode(parameters, observation, mask, modes, B);
      return [...bits(actions), ...bits(logProbs), ...bits(modes)];
    };
    expect(run(4)).toEqual(run(16));
    expect(run(1)).toEqual(run(16));
  });

  it('makes no views after its first call on the same arrays', () => {
    const own = createPlainKernels();
    const policy = createFlatPolicy(own, {
      observationSize: 1,
      space: box(1),
      masked: false,
      spec: { network: { ...network, hidden: [] }, distribution: SPEC },
      maxRows: 4,
    });
    const [parameters, observation, noise, actions, logProbs] = [policy.parameterCount, 11, 11, 11, 11].map((n) =>
      own.f32(n),
    );
    const act = () => policy.act(parameters!, observation!, noMask, noise!, actions!, logProbs!, 11);
    act();
    const view = vi.spyOn(own, 'view');
    act();
    expect(view).not.toHaveBeenCalled();
  });

  it('names the row of the whole batch where a mask is empty', () => {
    const { policy, parameters } = initialized(discrete(2), { masked: true });
    const mask = new Uint8Array(22).fill(1).fill(0, 18, 20);
    const rows = f32(new Float32Array(33));
    const refused = expect.objectContaining({ code: 'POLICY_MASK_EMPTY', data: { row: 9, element: 0 } });
    expect(() => policy.act(parameters, rows, mask, rows, rows, rows, 11)).toThrow(refused);
    expect(() => policy.actMode(parameters, rows, mask, rows, 11)).toThrow(refused);
    expect(() => policy.act(parameters, rows, mask, rows, rows, rows, 11)).toThrow(/row 9 /);
  });

  it('evaluates its own actions to the log-probability they were sampled with: the ratio is 1', () => {
    const { policy, parameters } = initialized(box(2, { low: -2, high: 2 }));
    const observation = normals(12, 1);
    const actions = f32(new Float32Array(8));
    const [sampled, evaluated, entropies] = [
      f32(new Float32Array(4)),
      f32(new Float32Array(4)),
      f32(new Float32Array(4)),
    ];
    policy.act(parameters, observation, noMask, normals(8, 2), actions, sampled, 4);
    policy.evaluate(parameters, observation, noMask, actions, evaluated, entropies, 4);
    expect(bits(evaluated)).toEqual(bits(sampled));
  });

  it('has the gradient of TensorFlow.js through law and network', () => {
    const B = 4;
    const { policy } = initialized(box(2));
    const parameters = normals(policy.parameterCount, 9, 0.5);
    const observation = normals(B * 3, 1);
    const actions = normals(B * 2, 2);
    const dLogProbs = normals(B, 3);
    const dEntropies = normals(B, 4);
    const scratch = f32(new Float32Array(B));
    const gradients = f32(new Float32Array(policy.parameterCount));
    policy.evaluate(parameters, observation, noMask, actions, scratch, scratch, B);
    policy.backward(parameters, observation, noMask, actions, dLogProbs, dEntropies, gradients, B);

    const parts = policy.parameterLayout.map(({ shape, offset }) => {
      const size = shape.reduce((product, extent) => product * extent, 1);
      return tf.tensor([...parameters.slice(offset, offset + size)], [...shape]);
    });
    const expected = tf
      .grads((...tensors: tf.Tensor[]) => {
        const [w1, b1, w2, b2, logStd] = tensors as [tf.Tensor2D, tf.Tensor1D, tf.Tensor2D, tf.Tensor1D, tf.Tensor1D];
        const hidden = tf.tanh(tf.add(tf.matMul(tf.tensor2d([...observation], [B, 3]), w1), b1)) as tf.Tensor2D;
        const mean = tf.add(tf.matMul(hidden, w2), b2);
        const z = tf.div(tf.sub(tf.tensor2d([...actions], [B, 2]), mean), tf.exp(logStd));
        const logProbs = tf.sum(tf.sub(tf.mul(tf.square(z), -0.5), logStd), 1);
        const entropy = tf.mul(tf.sum(logStd), tf.sum(tf.tensor1d(dEntropies)));
        return tf.add(tf.sum(tf.mul(logProbs, tf.tensor1d(dLogProbs))), entropy);
      })(parts)
      .flatMap((gradient) => [...gradient.dataSync()]);
    gradients.forEach((value, k) => {
      expect(Math.abs(value - expected[k]!)).toBeLessThan(1e-4 * (1 + Math.abs(expected[k]!)));
    });
  });

  it('gives all its memory back', () => {
    const own = createPlainKernels();
    createFlatPolicy(own, {
      observationSize: 2,
      space: box(1),
      masked: false,
      spec: { network, distribution: SPEC },
      maxRows: 4,
    }).dispose();
    expect(own.allocatedBytes).toBe(0);
  });

  it('names its agent where the law does not fit', () => {
    const tooClose = box(1, { low: 1, high: 1 + 1e-9 });
    expect(() => create(tooClose, { where: 'agent "seller"' })).toThrow(/^agent "seller" has bounds/);
  });
});

describe('a value network', () => {
  it('predicts many blocks of rows as one, to the bit, with the full output gain', () => {
    const run = (maxRows: number): Float32Array => {
      const values = f32(new Float32Array(22));
      const net = createValueNetwork(kernels, { inputSize: 3, outputs: 2, spec: network, maxRows });
      const parameters = f32(new Float32Array(net.parameterCount));
      net.initialize(parameters, new RandomStream(1, 'value'));
      net.predict(parameters, normals(33, 1), values, 11);
      return values;
    };
    expect(bits(run(4))).toEqual(bits(run(16)));
    expect(run(16).some((value) => Math.abs(value) > 0.3)).toBe(true);
  });
});
