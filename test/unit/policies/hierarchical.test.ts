import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { createPlainKernels, type F32 } from '../../../src/kernels/index.js';
import type { NetworkSpec } from '../../../src/networks/index.js';
import { createPolicy, type Policy, type PolicyOptions } from '../../../src/policies/index.js';
import {
  activeLevels,
  binary,
  box,
  contains,
  discrete,
  type HierarchicalSpace,
  hierarchical,
  multiDiscrete,
  observed,
  placeLevels,
} from '../../../src/spaces/index.js';
import { bits, f32, kernels, noMask, normals, SPEC, uniforms } from './fixtures.js';

const F = 3;
const network: NetworkSpec = {
  kind: 'mlp',
  hidden: [5, 4],
  activation: 'tanh',
  initialization: 'orthogonal',
  outputGain: 1,
};

/** Whether, how, and how much; then something that is always decided, knowing all of it. */
const ORDER = hierarchical([
  { name: 'enter', space: binary(1) },
  { name: 'kind', space: discrete(3), when: { level: 'enter', is: [1] } },
  { name: 'size', space: box(1, { low: -1, high: 1 }), when: { level: 'kind', is: [0, 2] } },
  { name: 'note', space: box(2) },
]);
const levels = placeLevels(ORDER);
const A = 5;
const L = 4;

type Over = Partial<Omit<PolicyOptions, 'spec'>> & { readonly spec?: Partial<PolicyOptions['spec']> };

function create(space: HierarchicalSpace, { spec = {}, ...over }: Over = {}): { policy: Policy; parameters: F32 } {
  const policy = createPolicy(kernels, {
    observationSize: F,
    space,
    masked: false,
    spec: { network, distribution: { ...SPEC, initialLogStd: -0.5 }, ...spec },
    maxRows: 64,
    ...over,
  });
  const parameters = f32(new Float32Array(policy.parameterCount));
  policy.initialize(parameters, new RandomStream(5, 'initialize'));
  return { policy, parameters };
}

/** B actions of the policy, with what they were drawn from. */
function played(policy: Policy, parameters: F32, B: number, seed = 1, mask = noMask) {
  const observations = normals(B * F, seed);
  const actions = f32(new Float32Array(B * policy.actionSize).fill(Number.NaN));
  const logProbs = f32(new Float32Array(B * policy.levelCount).fill(Number.NaN));
  policy.act(parameters, observations, mask, uniforms(B * policy.noiseSize, seed + 1), actions, logProbs, B);
  return { observations, actions, logProbs };
}

function activity(space: HierarchicalSpace, actions: F32, B: number): Uint8Array {
  const placed = placeLevels(space);
  const active = new Uint8Array(B * placed.length);
  for (let b = 0; b < B; b++) activeLevels(placed, actions, (b * actions.length) / B, active, b * placed.length);
  return active;
}

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend('cpu');
});

describe.each(['shared', 'separate'] as const)('a policy in levels, with %s networks', (levelNetworks) => {
  const spec = { levelNetworks };

  it('decides level after level: inactive ones are 0, in action and log-probability', () => {
    const { policy, parameters } = create(ORDER, { spec });
    const B = 500;
    const { actions, logProbs } = played(policy, parameters, B);
    const active = activity(ORDER, actions, B);
    const seen = [0, 0, 0, 0];
    for (let b = 0; b < B; b++) {
      expect(contains(ORDER, actions, b * A), `row ${b}: ${actions.subarray(b * A, b * A + A)}`).toBe(true);
      for (let l = 0; l < L; l++) {
        seen[l]! += active[b * L + l]!;
        if (active[b * L + l] === 0) expect(logProbs[b * L + l]).toBe(0);
        else expect(logProbs[b * L + l]).not.toBe(0);
      }
    }
    expect(seen[0]).toBe(B);
    expect(seen[3]).toBe(B);
    // Each level is active in some rows and not in others.
    expect(seen[1]).toBeGreaterThan(100);
    expect(seen[1]).toBeLessThan(400);
    expect(seen[2]).toBeGreaterThan(50);
    expect(seen[2]).toBeLessThan(seen[1]!);
  });

  it('judges its own actions with the bits that it acted with', () => {
    const { policy, parameters } = create(ORDER, { spec });
    const B = 64;
    const { observations, actions, logProbs } = played(policy, parameters, B);
    const judged = f32(new Float32Array(B * L));
    const entropies = f32(new Float32Array(B * L));
    policy.evaluate(parameters, observations, noMask, actions, judged, entropies, B);
    expect(bits(judged)).toEqual(bits(logProbs));
    const active = activity(ORDER, actions, B);
    for (const [j, on] of active.entries()) expect(entropies[j] !== 0).toBe(on === 1);
  });

  it('acts in blocks of rows as on all at once', () => {
    const whole = create(ORDER, { spec, maxRows: 128 });
    const parts = create(ORDER, { spec, maxRows: 7 });
    const a = played(whole.policy, whole.parameters, 100);
    const b = played(parts.policy, parts.parameters, 100);
    expect(bits(b.actions)).toEqual(bits(a.actions));
    expect(bits(b.logProbs)).toEqual(bits(a.logProbs));
  });

  it('has gradients that TensorFlow.js agrees with, and none for inactive levels', () => {
    const { policy, parameters } = create(ORDER, { spec });
    const B = 60;
    const { observations, actions } = played(policy, parameters, B, 7);
    const dLogProbs = normals(B * L, 20);
    const dEntropies = normals(B * L, 21);
    const logProbs = f32(new Float32Array(B * L));
    const entropies = f32(new Float32Array(B * L));
    const gradients = f32(new Float32Array(policy.parameterCount));
    policy.evaluate(parameters, observations, noMask, actions, logProbs, entropies, B);
    policy.backward(parameters, observations, noMask, actions, dLogProbs, dEntropies, gradients, B);
    const expected = tensorflowGradient(policy, parameters, observations, actions, dLogProbs, dEntropies, B);
    const scale = Math.max(...expected.map(Math.abs));
    expect(scale).toBeGreaterThan(1);
    for (const [j, value] of expected.entries()) {
      expect(Math.abs(gradients[j]! - value) / scale, `parameter ${j}: ${gradients[j]}, not ${value}`).toBeLessThan(
        5e-6,
      );
    }
  });

  it('gives an inactive level no gradient, whatever is asked for', () => {
    const { policy, parameters } = create(ORDER, { spec });
    const B = 4;
    // Everybody passes; NaN stands where nothing may be read.
    const actions = f32([0, 0, 0, 0.5, 1, 0, 0, 0, -1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    const asked = f32(Array.from({ length: B * L }, (_, j) => (j % L === 1 || j % L === 2 ? Number.NaN : 1)));
    const gradients = f32(new Float32Array(policy.parameterCount));
    const results = f32(new Float32Array(B * L));
    const observations = normals(B * F, 3);
    policy.evaluate(parameters, observations, noMask, actions, results, f32(new Float32Array(B * L)), B);
    policy.backward(parameters, observations, noMask, actions, asked, asked, gradients, B);
    expect(gradients.every(Number.isFinite)).toBe(true);
    for (const { name, offset, shape } of policy.parameterLayout) {
      const size = shape.reduce((product, extent) => product * extent, 1);
      const zero = gradients.subarray(offset, offset + size).every((value) => value === 0);
      expect(zero, name).toBe(name.startsWith('levels.kind') || name.startsWith('levels.size'));
    }
  });

  it('adds gradients of networks up row by row: the split into calls changes no bit', () => {
    const { policy, parameters } = create(ORDER, { spec });
    const B = 40;
    const { observations, actions } = played(policy, parameters, B);
    const [dLogProbs, dEntropies] = [normals(B * L, 20), normals(B * L, 21)];
    const run = (parts: readonly number[]): F32 => {
      const gradients = f32(new Float32Array(policy.parameterCount));
      let at = 0;
      for (const rows of parts) {
        const part = (array: F32, width: number): F32 => f32(array.slice(at * width, (at + rows) * width));
        const args = [part(observations, F), noMask, part(actions, A)] as const;
        const out = () => f32(new Float32Array(rows * L));
        policy.evaluate(parameters, ...args, out(), out(), rows);
        policy.backward(parameters, ...args, part(dLogProbs, L), part(dEntropies, L), gradients, rows);
        at += rows;
      }
      return gradients;
    };
    const [split, whole] = [run([1, 13, 26]), run([40])];
    // But of log σ, which a Gaussian sums in stripes that begin with each call.
    for (const { name, offset, shape } of policy.parameterLayout) {
      const of = (array: F32): F32 =>
        kernels.view(
          array,
          offset,
          shape.reduce((size, n) => size * n, 1),
        );
      if (name.endsWith('free')) of(whole).forEach((sum, j) => expect(of(split)[j]).toBeCloseTo(sum, 4));
      else expect(bits(of(split)), name).toEqual(bits(of(whole)));
    }
  });
});

describe('what a level knows', () => {
  const outputsOf = (space: HierarchicalSpace, actions: readonly number[], level: number): number => {
    const { policy, parameters } = create(space);
    const count = policy.levelCount;
    const logProbs = f32(new Float32Array(count));
    policy.evaluate(parameters, f32([1, -1, 0.5]), noMask, f32(actions), logProbs, f32(new Float32Array(count)), 1);
    return logProbs[level]!;
  };

  it('is every decision before it, and none after it', () => {
    const last = (actions: readonly number[]): number => outputsOf(ORDER, actions, 3);
    const seen = [
      [0, 0, 0, 1, 1],
      [1, 0, 0.5, 1, 1],
      [1, 0, -0.5, 1, 1],
      [1, 1, 0, 1, 1],
      [1, 2, 0.5, 1, 1],
    ].map(last);
    expect(new Set(seen).size).toBe(5);
    expect(outputsOf(ORDER, [1, 0, 0.5, 1, 1], 2)).toBe(outputsOf(ORDER, [1, 0, 0.5, 9, 9], 2));
  });

  it('does not include what its own condition fixes', () => {
    const gated = hierarchical([
      { name: 'enter', space: binary(1) },
      { name: 'price', space: box(1), when: { level: 'enter', is: [1] } },
    ]);
    const { policy } = create(gated);
    const head = policy.parameterLayout.find(({ name }) => name === 'levels.price.layers.0.weights');
    expect(head?.shape).toEqual([4, 1]);
    const open = hierarchical([gated.levels[0]!, { name: 'price', space: box(1) }]);
    const wider = create(open).policy.parameterLayout.find(({ name }) => name === 'levels.price.layers.0.weights');
    expect(wider?.shape).toEqual([5, 1]);
  });

  it('tells a choice that was not made from the first choice', () => {
    const space = hierarchical([
      { name: 'enter', space: binary(1) },
      { name: 'kind', space: discrete(2), when: { level: 'enter', is: [1] } },
      { name: 'note', space: box(1), when: { level: 'enter', is: [0, 1] } },
    ]);
    // The weight of `enter` itself is taken out, so that only `kind` can tell.
    const { policy, parameters } = create(space);
    const head = policy.parameterLayout.find(({ name }) => name === 'levels.note.layers.0.weights')!;
    expect(head.shape).toEqual([4 + 1 + 2, 1]);
    parameters[head.offset + 4] = 0;
    const logProbOf = (actions: readonly number[]): number => {
      const logProbs = f32(new Float32Array(3));
      policy.evaluate(parameters, f32([1, 1, 1]), noMask, f32(actions), logProbs, f32(new Float32Array(3)), 1);
      return logProbs[2]!;
    };
    expect(logProbOf([0, 0, 1])).not.toBe(logProbOf([1, 0, 1]));
  });
});

describe('the settings of levels', () => {
  it('are the policy’s, but for what a level sets', () => {
    const spec = {
      distribution: { ...SPEC, initialLogStd: -1 },
      levels: { size: { distribution: { initialLogStd: -3 } } },
    };
    const { policy, parameters } = create(ORDER, { spec });
    const free = (level: string): number => {
      const part = policy.parameterLayout.find(({ name }) => name === `levels.${level}.distribution.free`);
      return parameters[part!.offset]!;
    };
    expect(free('size')).toBe(-3);
    expect(free('note')).toBe(-1);
  });

  it('make a parameter group of every level with a network of its own', () => {
    const names = (levelNetworks: 'shared' | 'separate') =>
      create(ORDER, { spec: { levelNetworks } }).policy.parameterGroups.map(({ name }) => name);
    expect(names('shared')).toEqual(['policy']);
    expect(names('separate')).toEqual(['enter', 'kind', 'size', 'note']);
    const { policy } = create(ORDER, { spec: { levelNetworks: 'separate' } });
    let end = 0;
    for (const { offset, count } of policy.parameterGroups) {
      expect(offset).toBe(end);
      end += count;
    }
    expect(end).toBe(policy.parameterCount);
  });

  it('name the level where a law does not fit', () => {
    const spec = { levels: { size: { distribution: { kind: 'gaussian' as const } } } };
    expect(() => create(ORDER, { spec, where: 'agent "a"' })).toThrow(/^agent "a", level "size"/);
  });

  it('give all memory back', () => {
    const own = createPlainKernels();
    const before = own.allocatedBytes;
    const policy = createPolicy(own, {
      observationSize: F,
      space: ORDER,
      masked: false,
      spec: { network, distribution: SPEC },
      maxRows: 8,
    });
    expect(own.allocatedBytes).toBeGreaterThan(before);
    policy.dispose();
    expect(own.allocatedBytes).toBe(before);
  });
});

describe('masks and bounds of levels', () => {
  const space = hierarchical([
    { name: 'act', space: binary(1) },
    { name: 'where', space: multiDiscrete([2, 3]), when: { level: 'act', is: [1] } },
    { name: 'price', space: box(1, { low: observed(0) }), when: { level: 'act', is: [1] } },
  ]);

  it('are kept by every action', () => {
    const { policy, parameters } = create(space, { masked: true });
    expect(policy.maskSize).toBe(2 + 5);
    const B = 300;
    // Passing and acting are both legal; of the choices only the second of two, and the first or third of three.
    const mask = Uint8Array.from({ length: B * 7 }, (_, j) => [1, 1, 0, 1, 1, 0, 1][j % 7]!);
    const { observations, actions } = played(policy, parameters, B, 4, mask);
    let acting = 0;
    for (let b = 0; b < B; b++) {
      if (actions[b * 4] === 0) continue;
      acting++;
      expect(actions[b * 4 + 1]).toBe(1);
      expect([0, 2]).toContain(actions[b * 4 + 2]);
      expect(actions[b * 4 + 3]).toBeGreaterThanOrEqual(observations[b * F]!);
      expect(contains(space, actions, b * 4, { values: observations, offset: b * F })).toBe(true);
    }
    expect(acting).toBeGreaterThan(50);
  });

  it('that leave no choice are reported with the row of the whole batch', () => {
    const { policy, parameters } = create(space, { masked: true, maxRows: 8 });
    const B = 20;
    const mask = new Uint8Array(B * 7).fill(1);
    mask.set([0, 1], 13 * 7);
    mask.set([0, 0, 0], 13 * 7 + 4);
    const observations = normals(B * F, 1);
    const actions = f32(new Float32Array(B * 4));
    const act = (): void =>
      policy.act(
        parameters,
        observations,
        mask,
        uniforms(B * policy.noiseSize, 1),
        actions,
        f32(new Float32Array(B * 3)),
        B,
      );
    expect(act).toThrow(expect.objectContaining({ code: 'POLICY_MASK_EMPTY', data: { row: 13, element: 1 } }));
  });
});

it('draws nothing anew in its hot calls after the first', () => {
  const { policy, parameters } = create(ORDER, { maxRows: 16 });
  const B = 40;
  const observations = normals(B * F, 1);
  const noise = uniforms(B * policy.noiseSize, 2);
  const actions = f32(new Float32Array(B * A));
  const logProbs = f32(new Float32Array(B * L));
  policy.act(parameters, observations, noMask, noise, actions, logProbs, B);
  const before = kernels.allocatedBytes;
  policy.act(parameters, observations, noMask, noise, actions, logProbs, B);
  policy.actMode(parameters, observations, noMask, actions, B);
  expect(kernels.allocatedBytes).toBe(before);
});

/** The gradient of Σ dLogProbs·logProb + dEntropies·entropy over active levels of ORDER by automatic differentiation. */
function tensorflowGradient(
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
  const loss = (theta: tf.Tensor): tf.Scalar => {
    const part = (name: string): tf.Tensor => {
      const { shape, offset } = policy.parameterLayout.find((entry) => entry.name === name)!;
      const size = shape.reduce((product, extent) => product * extent, 1);
      return tf.reshape(tf.slice1d(theta.as1D(), offset, size), [...shape]);
    };
    const dense = (x: tf.Tensor2D, prefix: string, count: number, activateLast: boolean): tf.Tensor2D => {
      let h = x;
      for (let l = 0; l < count; l++) {
        h = tf.add(
          tf.matMul(h, part(`${prefix}.layers.${l}.weights`) as tf.Tensor2D),
          part(`${prefix}.layers.${l}.bias`),
        );
        if (l < count - 1 || activateLast) h = tf.tanh(h);
      }
      return h;
    };
    const o = tf.tensor2d(Array.from(observations), [B, F]);
    const shared = policy.parameterLayout.some(({ name }) => name.startsWith('trunk'));
    const features = shared ? dense(o, 'trunk', 2, true) : o;
    const outputs = (level: string, earlier: readonly tf.Tensor1D[]): tf.Tensor2D => {
      const x = earlier.length === 0 ? features : tf.concat([features, tf.stack([...earlier], 1) as tf.Tensor2D], 1);
      return dense(x, `levels.${level}`, shared ? 1 : 3, false);
    };
    const logSigmoid = (x: tf.Tensor): tf.Tensor => tf.neg(tf.softplus(tf.neg(x)));
    const on = (l: number): tf.Tensor1D => column(active, L, l);
    const enter = column(actions, A, 0);
    const kind = column(actions, A, 1);
    const size = column(actions, A, 2);
    const isKind = (c: number): tf.Tensor1D => tf.mul(tf.cast(tf.equal(kind, c), 'float32'), on(1));
    const kinds = [isKind(0), isKind(1), isKind(2)];

    const xEnter = tf.squeeze(outputs('enter', []), [1]) as tf.Tensor1D;
    const pEnter = tf.sigmoid(xEnter);
    const logProbEnter = tf.add(
      tf.mul(enter, logSigmoid(xEnter)),
      tf.mul(tf.sub(1, enter), logSigmoid(tf.neg(xEnter))),
    );
    const entropyEnter = tf.neg(
      tf.add(tf.mul(pEnter, logSigmoid(xEnter)), tf.mul(tf.sub(1, pEnter), logSigmoid(tf.neg(xEnter)))),
    );
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
    const note = tf.stack([column(actions, A, 3), column(actions, A, 4)], 1);
    const zNote = tf.div(tf.sub(note, muNote), tf.exp(logStdNote));
    const logProbNote = tf.sum(tf.sub(tf.mul(-0.5, tf.square(zNote)), tf.add(logStdNote, half)), 1);
    const entropyNote = tf.mul(tf.sum(tf.add(logStdNote, half + 0.5)), tf.onesLike(size));

    const terms = [
      [logProbEnter, entropyEnter],
      [logProbKind, entropyKind],
      [logProbSize, entropySize],
      [logProbNote, entropyNote],
    ] as const;
    let sum: tf.Tensor = tf.scalar(0);
    for (const [l, [logProb, entropy]] of terms.entries()) {
      const own = tf.add(tf.mul(column(dLogProbs, L, l), logProb), tf.mul(column(dEntropies, L, l), entropy));
      sum = tf.add(sum, tf.sum(tf.where(tf.cast(on(l), 'bool'), own, tf.zerosLike(own))));
    }
    return sum.asScalar();
  };
  return tf.tidy(() => [
    ...tf
      .grad(loss)(tf.tensor1d(Array.from(parameters)))
      .dataSync(),
  ]);
}

it('places the levels as the space says', () => {
  expect(levels.map(({ offset, size }) => [offset, size])).toEqual([
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 2],
  ]);
});
