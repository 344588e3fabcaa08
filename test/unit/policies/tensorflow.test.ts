import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { elementSize } from '../../../src/spaces/index.js';
import { CASES, f32, normals, prepare } from './fixtures.js';

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend('cpu');
});

const LOG_SQRT_2PI = 0.5 * Math.log(2 * Math.PI);

/** Σ_b dLogProb_b·logProb_b + dEntropy_b·entropy_b in TensorFlow.js, of outputs [B, O] and log std [A]. */
type Objective = (outputs: tf.Tensor2D, logStd: tf.Tensor1D) => tf.Scalar;

const weighted = (values: tf.Tensor1D, weights: Float32Array): tf.Scalar =>
  tf.sum(tf.mul(values, tf.tensor1d(weights)));

function gaussianObjective(u: tf.Tensor2D, dLogProbs: Float32Array, dEntropies: Float32Array): Objective {
  return (mean, logStd) => {
    const z = tf.div(tf.sub(u, mean), tf.exp(logStd));
    const logDensity = tf.sub(tf.sub(tf.mul(tf.square(z), -0.5), logStd), LOG_SQRT_2PI);
    const entropy = tf.sum(tf.add(logStd, 0.5 + LOG_SQRT_2PI));
    const logProbs = tf.sum(logDensity, 1) as tf.Tensor1D;
    return tf.add(weighted(logProbs, dLogProbs), tf.mul(entropy, tf.sum(tf.tensor1d(dEntropies)))) as tf.Scalar;
  };
}

function categoricalObjective(
  actions: Float32Array,
  mask: Uint8Array,
  size: number,
  dLogProbs: Float32Array,
  dEntropies: Float32Array,
): Objective {
  return (outputs) => {
    const illegal =
      mask.length === 0 ? tf.zerosLike(outputs) : tf.sub(1, tf.tensor2d([...mask], [actions.length, size]));
    const logP = tf.logSoftmax(tf.add(outputs, tf.mul(illegal, -1e9)) as tf.Tensor2D);
    const logProbs = tf.sum(tf.mul(logP, tf.oneHot(tf.tensor1d(actions, 'int32'), size)), 1) as tf.Tensor1D;
    const legalLogP = tf.mul(logP, tf.sub(1, illegal));
    const entropies = tf.neg(tf.sum(tf.mul(tf.exp(logP), legalLogP), 1)) as tf.Tensor1D;
    return tf.add(weighted(logProbs, dLogProbs), weighted(entropies, dEntropies)) as tf.Scalar;
  };
}

describe('gradients equal those of TensorFlow.js', () => {
  const B = 24;
  const names = [
    'gaussian of 3',
    'squashed gaussian of 2 with bounds of their own',
    'categorical',
    'masked categorical',
  ];

  it.each(CASES.filter((one) => names.includes(one.name)))('$name', (one) => {
    const { distribution, outputs, free, mask, actions } = prepare(one, B);
    const { outputSize: O } = distribution;
    const A = elementSize(one.space);
    const dLogProbs = normals(B, 7);
    const dEntropies = normals(B, 8);
    const dOutputs = f32(new Float32Array(B * O));
    const dFree = f32(new Float32Array(free.length));
    distribution.backward(outputs, free, mask, actions, dLogProbs, dEntropies, dOutputs, dFree, B);

    const action = tf.tensor2d([...actions], [B, A]);
    const unsquashed = (): tf.Tensor2D => {
      const width = tf.tensor1d([10, 2]);
      return tf.atanh(tf.sub(tf.div(tf.mul(tf.sub(action, tf.tensor1d([0, -3])), 2), width), 1));
    };
    const objective =
      one.space.kind === 'discrete'
        ? categoricalObjective(actions, mask, O, dLogProbs, dEntropies)
        : gaussianObjective(one.name.startsWith('squashed') ? unsquashed() : action, dLogProbs, dEntropies);
    const logStd = tf.tensor1d(free.length > 0 ? [...free] : [0]);
    const [expected, expectedFree] = tf.grads((x, s) =>
      objective(x as tf.Tensor2D, s as tf.Tensor1D).add(tf.sum(tf.mul(s!, 0))),
    )([tf.tensor2d([...outputs], [B, O]), logStd]);
    const within = (actual: Float32Array, wanted: tf.Tensor | undefined): void => {
      const values = wanted!.dataSync();
      actual.forEach((value, k) => {
        expect(Math.abs(value - values[k]!)).toBeLessThan(2e-4 * (1 + Math.abs(values[k]!)));
      });
    };
    within(dOutputs, expected);
    if (free.length > 0) within(dFree, expectedFree);
  });
});
