import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BoxSpace, elementSize, highOf, lowOf, readBound } from '../../../src/spaces/index.js';
import { CASES, f32, normals, prepare, row } from './fixtures.js';

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

/** The law of an action within bounds low, high: [B, A], differentiated by the parameters alone: u is a function of the action. */
function squashedObjective(
  actions: tf.Tensor2D,
  low: tf.Tensor2D,
  high: tf.Tensor2D,
  dLogProbs: Float32Array,
  dEntropies: Float32Array,
): Objective {
  const [froms, tos] = [low, high].map((x) => x.arraySync() as number[][]);
  const u = actions.arraySync().map((cells, b) =>
    cells.map((x, j) => {
      const [from, to] = [froms![b]![j]!, tos![b]![j]!];
      if (from === to) return 0;
      if (from > -1e3 && to < 1e3) return Math.atanh((2 * (x - from)) / (to - from) - 1);
      return from > -1e3 ? Math.log(Math.expm1(x - from)) : to < 1e3 ? Math.log(Math.expm1(to - x)) : x;
    }),
  );
  const free = tf.cast(tf.less(low, high), 'float32');
  return (mean, logStd) => {
    const z = tf.div(tf.sub(tf.tensor2d(u), mean), tf.exp(logStd));
    const logDensity = tf.sub(tf.mul(tf.square(z), -0.5), logStd);
    const logProbs = tf.sum(tf.mul(logDensity, free), 1) as tf.Tensor1D;
    const entropies = tf.sum(tf.mul(tf.add(tf.zerosLike(mean), logStd), free), 1) as tf.Tensor1D;
    return tf.add(weighted(logProbs, dLogProbs), weighted(entropies, dEntropies)) as tf.Scalar;
  };
}

const phi = (z: tf.Tensor): tf.Tensor => tf.exp(tf.sub(tf.mul(tf.square(z), -0.5), LOG_SQRT_2PI));
const Phi = (z: tf.Tensor): tf.Tensor => tf.mul(tf.add(tf.erf(tf.div(z, Math.SQRT2)), 1), 0.5);

/** low, high: [B, A]; absent bounds lie 8 standard deviations away, beyond what float32 tells of Φ. Elements that are forced count 0. */
function truncatedObjective(
  actions: tf.Tensor2D,
  low: tf.Tensor2D,
  high: tf.Tensor2D,
  dLogProbs: Float32Array,
  dEntropies: Float32Array,
): Objective {
  const free = tf.cast(tf.less(low, high), 'float32');
  return (mean, logStd) => {
    const std = tf.exp(logStd);
    const standard = (x: tf.Tensor): tf.Tensor => tf.div(tf.sub(x, mean), std);
    const alpha = tf.maximum(standard(low), -8);
    const beta = tf.minimum(standard(high), 8);
    // 1 where forced, so that nothing is divided by 0.
    const mass = tf.add(tf.mul(tf.sub(Phi(beta), Phi(alpha)), free), tf.sub(1, free));
    const level = tf.add(tf.add(logStd, LOG_SQRT_2PI), tf.log(mass));
    const logDensity = tf.sub(tf.mul(tf.square(standard(actions)), -0.5), level);
    const edges = tf.div(tf.sub(tf.mul(alpha, phi(alpha)), tf.mul(beta, phi(beta))), mass);
    const entropy = tf.add(level, tf.mul(tf.add(edges, 1), 0.5));
    const logProbs = tf.sum(tf.mul(logDensity, free), 1) as tf.Tensor1D;
    const entropies = tf.sum(tf.mul(entropy, free), 1) as tf.Tensor1D;
    return tf.add(weighted(logProbs, dLogProbs), weighted(entropies, dEntropies)) as tf.Scalar;
  };
}

/** reservations [B]; sign 1 for a seller, −1 for a buyer. */
function compositeObjective(
  actions: Float32Array,
  reservations: readonly number[],
  sign: number,
  dLogProbs: Float32Array,
  dEntropies: Float32Array,
): Objective {
  const where = (test: (action: number, r: number) => boolean): tf.Tensor1D =>
    tf.tensor1d(Array.from(actions, (action, b) => (test(action, reservations[b]!) ? 1 : 0)));
  const passes = where((action, r) => action === 0 && r !== 0);
  const atReservation = where((action, r) => action === r && r !== 0);
  const atBoth = where((action, r) => action === 0 && r === 0);
  const beyond = where((action, r) => action !== 0 && action !== r);
  const isZero = where((_, r) => r === 0);
  const r = tf.tensor1d([...reservations]);
  return (outputs, logStd) => {
    const logit = tf.squeeze(tf.slice(outputs, [0, 0], [-1, 1]), [1]);
    const mean = tf.squeeze(tf.slice(outputs, [0, 1], [-1, 1]), [1]);
    const std = tf.exp(logStd);
    const c = tf.mul(tf.div(tf.sub(r, mean), std), sign);
    const p = tf.sigmoid(logit);
    const pass = tf.sigmoid(tf.neg(logit));
    const logDensity = tf.sub(
      tf.log(p),
      tf.add(tf.mul(tf.square(tf.div(tf.sub(tf.tensor1d(actions), mean), std)), 0.5), tf.add(logStd, LOG_SQRT_2PI)),
    );
    const atom = tf.mul(p, Phi(c));
    const both = tf.add(pass, atom);
    const logProbs = tf.addN([
      tf.mul(passes, tf.log(pass)),
      tf.mul(atReservation, tf.log(atom)),
      tf.mul(atBoth, tf.log(both)),
      tf.mul(beyond, logDensity),
    ]) as tf.Tensor1D;
    const plogp = (x: tf.Tensor): tf.Tensor => tf.neg(tf.mul(x, tf.log(x)));
    const points = tf.add(tf.mul(isZero, plogp(both)), tf.mul(tf.sub(1, isZero), tf.add(plogp(pass), plogp(atom))));
    const tail = Phi(tf.neg(c));
    const prices = tf.mul(
      p,
      tf.sub(
        tf.add(tf.mul(tail, tf.add(logStd, LOG_SQRT_2PI + 0.5)), tf.mul(tf.mul(c, phi(c)), 0.5)),
        tf.mul(tail, tf.log(p)),
      ),
    );
    const entropies = tf.add(points, prices) as tf.Tensor1D;
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

  /** Without the rows whose bounds are short or far from the mean: its Φ is right to 10⁻⁷ only, which is divided by their mass. */
  const tame = (one: (typeof CASES)[number]): typeof one =>
    one.observationRows === undefined ? one : { ...one, observationRows: one.observationRows.slice(0, 3) };
  const FAR = 1e4;
  const boundsOf = (one: (typeof CASES)[number], observation: readonly number[]): [number[], number[]] => {
    const space = one.space as BoxSpace;
    const each = (read: typeof lowOf): number[] =>
      Array.from({ length: 4 }, (_, j) => Math.min(FAR, Math.max(-FAR, read(space, j, observation))));
    return [each(lowOf), each(highOf)];
  };

  const bounded = CASES.filter(
    ({ name, std }) => std !== 'network' && /^(truncated|composite|squashed gaussian with)/.test(name),
  );
  it.each(bounded)('$name', (one) => {
    const { distribution, outputs, free, mask, actions, observation, observationSize } = prepare(tame(one), B);
    const { outputSize: O } = distribution;
    const dLogProbs = normals(B, 7);
    const dEntropies = normals(B, 8);
    const dOutputs = f32(new Float32Array(B * O));
    const dFree = f32(new Float32Array(free.length));
    distribution.backward(outputs, free, mask, actions, dLogProbs, dEntropies, dOutputs, dFree, B);
    const rows = Array.from({ length: B }, (_, b) => row(observation, b, observationSize));
    let objective: Objective;
    if (one.space.kind === 'composite') {
      const { side, reservation } = one.space;
      const reservations = rows.map((seen) => readBound(reservation, 0, seen, 0));
      objective = compositeObjective(actions, reservations, side === 'seller' ? 1 : -1, dLogProbs, dEntropies);
    } else {
      const bounds = rows.map((seen) => boundsOf(one, seen));
      const [low, high] = [0, 1].map((side) => tf.tensor2d(bounds.map((pair) => pair[side]!))) as [
        tf.Tensor2D,
        tf.Tensor2D,
      ];
      const action = tf.tensor2d([...actions], [B, O]);
      objective = one.name.startsWith('truncated')
        ? truncatedObjective(action, low, high, dLogProbs, dEntropies)
        : squashedObjective(action, low, high, dLogProbs, dEntropies);
    }
    const [expected, expectedFree] = tf.grads((x, s) => objective(x as tf.Tensor2D, s as tf.Tensor1D))([
      tf.tensor2d([...outputs], [B, O]),
      tf.tensor1d([...free]),
    ]);
    const within = (actual: Float32Array, wanted: tf.Tensor | undefined): void => {
      const values = wanted!.dataSync();
      actual.forEach((value, k) => {
        expect(Math.abs(value - values[k]!), `element ${k}`).toBeLessThan(1e-3 * (1 + Math.abs(values[k]!)));
      });
    };
    within(dOutputs, expected);
    within(dFree, expectedFree);
  });

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
