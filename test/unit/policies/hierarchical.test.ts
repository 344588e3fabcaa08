import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { createPlainKernels, type F32 } from '../../../src/kernels/index.js';
import type { NetworkSpec } from '../../../src/networks/index.js';
import { createPolicy, type Policy, type PolicyOptions } from '../../../src/policies/index.js';
import {
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
import { A, activity, F, L, ORDER, orderGradient } from './hierarchical-order.js';

const network: NetworkSpec = {
  kind: 'mlp',
  hidden: [5, 4],
  activation: 'tanh',
  initialization: 'orthogonal',
  outputGain: 1,
};

const levels = placeLevels(ORDER);

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
    const expected = orderGradient(policy, parameters, observations, actions, dLogProbs, dEntropies, B);
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

it('places the levels as the space says', () => {
  expect(levels.map(({ offset, size }) => [offset, size])).toEqual([
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 2],
  ]);
});
