/** Levels whose law and gradient are written down twice: by the policy, and here on TensorFlow.js. */
import * as tf from '@tensorflow/tfjs';
import type { F32 } from '../../../src/kernels/index.js';
import type { Policy } from '../../../src/policies/index.js';
import {
  activeLevels,
  binary,
  box,
  discrete,
  type HierarchicalSpace,
  hierarchical,
  placeLevels,
} from '../../../src/spaces/index.js';

/** Whether, how, and how much; then something that is always decided, knowing all of it. */
export const ORDER = hierarchical([
  { name: 'enter', space: binary(1) },
  { name: 'kind', space: discrete(3), when: { level: 'enter', is: [1] } },
  { name: 'size', space: box(1, { low: -1, high: 1 }), when: { level: 'kind', is: [0, 2] } },
  { name: 'note', space: box(2) },
]);
/** Numbers of an observation, of an action, and levels. */
export const F = 3;
export const A = 5;
export const L = 4;

/** Which levels B actions decide: u8[B, levels]. */
export function activity(space: HierarchicalSpace, actions: F32, B: number): Uint8Array {
  const placed = placeLevels(space);
  const active = new Uint8Array(B * placed.length);
  for (let b = 0; b < B; b++) activeLevels(placed, actions, (b * actions.length) / B, active, b * placed.length);
  return active;
}

/** The gradient of Σ dLogProbs·logProb + dEntropies·entropy over active levels of ORDER by automatic differentiation. */
export function orderGradient(
  policy: Policy,
  parameters: F32,
  observations: F32,
  actions: F32,
  dLogProbs: F32,
  dEntropies: F32,
  B: number,
): number[] {
  const active = activity(ORDER, actions, B);
  const column = (array: ArrayLike<number>, width: number, j: number): tf.Tensor1D =>
    tf.tensor1d(Array.from({ length: B }, (_, b) => array[b * width + j]!));
  const on = Array.from({ length: L }, (_, l) => () => column(active, L, l));
  const loss = (theta: tf.Tensor): tf.Scalar => {
    const made = networks(policy, theta, tf.tensor2d(Array.from(observations), [B, F]));
    const decided = Array.from({ length: A }, (_, j) => column(actions, A, j));
    let sum: tf.Tensor = tf.scalar(0);
    for (const [l, [logProb, entropy]] of laws(made, decided, on[1]!()).entries()) {
      const own = tf.add(tf.mul(column(dLogProbs, L, l), logProb), tf.mul(column(dEntropies, L, l), entropy));
      sum = tf.add(sum, tf.sum(tf.where(tf.cast(on[l]!(), 'bool'), own, tf.zerosLike(own))));
    }
    return sum.asScalar();
  };
  return tf.tidy(() => [
    ...tf
      .grad(loss)(tf.tensor1d(Array.from(parameters)))
      .dataSync(),
  ]);
}

interface Networks {
  /** A part of the parameters, by its name. */
  part(name: string): tf.Tensor;
  /** What a level's network makes, knowing earlier decisions. */
  outputs(level: string, earlier: readonly tf.Tensor1D[]): tf.Tensor2D;
}

function networks(policy: Policy, theta: tf.Tensor, observations: tf.Tensor2D): Networks {
  const part = (name: string): tf.Tensor => {
    const { shape, offset } = policy.parameterLayout.find((entry) => entry.name === name)!;
    const size = shape.reduce((product, extent) => product * extent, 1);
    return tf.reshape(tf.slice1d(theta.as1D(), offset, size), [...shape]);
  };
  const dense = (x: tf.Tensor2D, prefix: string, count: number, activateLast: boolean): tf.Tensor2D => {
    let h = x;
    for (let l = 0; l < count; l++) {
      const weights = part(`${prefix}.layers.${l}.weights`) as tf.Tensor2D;
      h = tf.add(tf.matMul(h, weights), part(`${prefix}.layers.${l}.bias`));
      if (l < count - 1 || activateLast) h = tf.tanh(h);
    }
    return h;
  };
  const shared = policy.parameterLayout.some(({ name }) => name.startsWith('trunk'));
  const features = shared ? dense(observations, 'trunk', 2, true) : observations;
  return {
    part,
    outputs(level, earlier) {
      const x = earlier.length === 0 ? features : tf.concat([features, tf.stack([...earlier], 1) as tf.Tensor2D], 1);
      return dense(x, `levels.${level}`, shared ? 1 : 3, false);
    },
  };
}

type LogProbAndEntropy = readonly [tf.Tensor, tf.Tensor];

/** Of each level of ORDER, in order, whether it is active or not; `asked`: where `kind` is. */
function laws({ part, outputs }: Networks, decided: readonly tf.Tensor1D[], asked: tf.Tensor1D): LogProbAndEntropy[] {
  const [enter, kind, size, ...note] = decided as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
  const kinds = [0, 1, 2].map((c): tf.Tensor1D => tf.mul(tf.cast(tf.equal(kind, c), 'float32'), asked));

  const xEnter = tf.squeeze(outputs('enter', []), [1]) as tf.Tensor1D;
  const logYes = logSigmoid(xEnter);
  const logNo = logSigmoid(tf.neg(xEnter));
  const pEnter = tf.sigmoid(xEnter);
  const logProbEnter = tf.add(tf.mul(enter, logYes), tf.mul(tf.sub(1, enter), logNo));
  const entropyEnter = tf.neg(tf.add(tf.mul(pEnter, logYes), tf.mul(tf.sub(1, pEnter), logNo)));

  const logits = tf.logSoftmax(outputs('kind', []));
  const logProbKind = tf.sum(tf.mul(logits, tf.stack(kinds, 1)), 1);
  const entropyKind = tf.neg(tf.sum(tf.mul(tf.exp(logits), logits), 1));

  // `size` knows which kind it is; that it entered it knows from being asked.
  const half = 0.5 * Math.log(2 * Math.PI);
  const muSize = tf.squeeze(outputs('size', kinds), [1]);
  const logStdSize = part('levels.size.distribution.free');
  const u = tf.atanh(tf.clipByValue(size, -0.999999, 0.999999));
  const zSize = tf.div(tf.sub(u, muSize), tf.exp(logStdSize));
  const logProbSize = tf.sub(
    tf.sub(tf.mul(-0.5, tf.square(zSize)), tf.add(logStdSize, half)),
    tf.log(tf.sub(1, tf.square(size))),
  );
  const entropySize = tf.mul(tf.add(logStdSize, half + 0.5), tf.onesLike(size));

  const muNote = outputs('note', [enter, ...kinds, size]);
  const logStdNote = part('levels.note.distribution.free');
  const zNote = tf.div(tf.sub(tf.stack(note, 1), muNote), tf.exp(logStdNote));
  const logProbNote = tf.sum(tf.sub(tf.mul(-0.5, tf.square(zNote)), tf.add(logStdNote, half)), 1);
  const entropyNote = tf.mul(tf.sum(tf.add(logStdNote, half + 0.5)), tf.onesLike(size));

  return [
    [logProbEnter, entropyEnter],
    [logProbKind, entropyKind],
    [logProbSize, entropySize],
    [logProbNote, entropyNote],
  ];
}

const logSigmoid = (x: tf.Tensor): tf.Tensor => tf.neg(tf.softplus(tf.neg(x)));
