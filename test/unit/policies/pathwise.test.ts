import { describe, expect, it } from 'vitest';
import { createDistribution, type DistributionSpec, NOISE_SCALE, NOISE_WARMUP } from '../../../src/policies/index.js';
import { type BoxSpace, box, observed } from '../../../src/spaces/index.js';
import { CASES, f32, noMask, normals, prepare, row, SPEC } from './fixtures.js';

const close = (actual: number, expected: number, tolerance: number): void => {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance * (1 + Math.abs(expected)));
};

type Pair = readonly [number, number];

/** The action of u within bounds and log |da/du|, in paper form. */
function squash(u: number, [low, high]: Pair): { readonly a: number; readonly logSlope: number } {
  if (low === -Infinity && high === Infinity) return { a: u, logSlope: 0 };
  const softplus = Math.log1p(Math.exp(u));
  const logSigmoid = -Math.log1p(Math.exp(-u));
  if (high === Infinity) return { a: low + softplus, logSlope: logSigmoid };
  if (low === -Infinity) return { a: high - softplus, logSlope: logSigmoid };
  const half = (high - low) / 2;
  return { a: low + half * (Math.tanh(u) + 1), logSlope: Math.log(half * (1 - Math.tanh(u) ** 2)) };
}

const slope = (f: (x: number) => number, x: number): number => (f(x + 1e-5) - f(x - 1e-5)) / 2e-5;

const every: readonly Pair[] = [
  [0, 10],
  [2, Infinity],
  [-Infinity, 3],
  [-Infinity, Infinity],
];
const everyBound = box(4, { low: every.map(([low]) => low), high: every.map(([, high]) => high) });

describe('the reparameterized gradient of a deviation that the network has', () => {
  // log σ as the law maps it: bounds [−10, 2], start 0.
  const logStd = (x: number): number => -4 + 6 * Math.tanh(Math.atanh(4 / 6) + x / (6 * (1 - (4 / 6) ** 2)));

  it('is that of finite differences, through the action and its log-probability', () => {
    const B = 23;
    const distribution = createDistribution(everyBound, { ...SPEC, std: 'network' }, false);
    const outputs = normals(B * 8, 1);
    const noise = normals(B * 4, 2);
    const dActions = normals(B * 4, 3);
    const dLogProbs = normals(B, 4);
    const dOutputs = f32(new Float32Array(B * 8).fill(9));
    distribution.sampleBackward!(outputs, noise, dActions, dLogProbs, dOutputs, B);
    for (let b = 0; b < B; b++) {
      const x = row(outputs, b, 8);
      const objective = (values: readonly number[]): number =>
        every.reduce((sum, bounds, j) => {
          const e = noise[b * 4 + j]!;
          const { a, logSlope } = squash(values[j]! + Math.exp(logStd(values[4 + j]!)) * e, bounds);
          const logProb = -0.5 * e * e - logStd(values[4 + j]!) - 0.5 * Math.log(2 * Math.PI) - logSlope;
          return sum + dActions[b * 4 + j]! * a + dLogProbs[b]! * logProb;
        }, 0);
      for (let j = 0; j < 8; j++) {
        const expected = slope((value) => objective(x.with(j, value)), x[j]!);
        close(dOutputs[b * 8 + j]!, expected, 1e-5);
      }
    }
  });

  it('is 0 for an element that its bounds force', () => {
    const space = box(1, { low: observed(0), high: observed(1) });
    const distribution = createDistribution(space, { ...SPEC, std: 'network' }, false, '', 2);
    distribution.observe!(f32([2, 2, 1, 4]), 2);
    const dOutputs = f32([9, 9, 9, 9]);
    distribution.sampleBackward!(f32([0, 0, 0, 0]), f32([1, 1]), f32([1, 1]), f32([1, 1]), dOutputs, 2);
    expect([...dOutputs.slice(0, 2)]).toEqual([0, 0]);
    expect([...dOutputs.slice(2)].every((value) => value !== 0 && value !== 9)).toBe(true);
  });

  it('still leads back from an edge that holds the action', () => {
    const distribution = createDistribution(box(1, { low: -1, high: 1 }), { ...SPEC, std: 'network' }, false);
    const dOutputs = f32([0, 0]);
    distribution.sampleBackward!(f32([30, 0]), f32([0]), f32([0]), f32([1]), dOutputs, 1);
    // Descending the log-probability, which grows towards the edge, lowers the mean.
    expect(dOutputs[0]).toBeCloseTo(2, 6);
  });

  it('starts at initialLogStd, with slope 1, and keeps its bounds', () => {
    const spec: DistributionSpec = { ...SPEC, std: 'network', initialLogStd: -1, logStdBounds: [-5, 1] };
    const distribution = createDistribution(box(1), spec, false);
    const entropies = f32(new Float32Array(4));
    distribution.entropy(f32([0, 0, 0, 0.001, 0, -1e4, 0, 1e4]), f32([]), noMask, entropies, 4);
    const [start, moved, low, high] = [...entropies].map((value) => value - 0.5 * Math.log(2 * Math.PI * Math.E));
    close(start!, -1, 1e-6);
    close(moved!, -0.999, 1e-6);
    close(low!, -5, 1e-6);
    close(high!, 1, 1e-6);
  });

  it('takes no law that cannot have it', () => {
    const create = () =>
      createDistribution(box(1, { low: 0 }), { ...SPEC, kind: 'truncatedGaussian', std: 'network' }, false);
    expect(create).toThrow(expect.objectContaining({ code: 'POLICY_DISTRIBUTION_UNSUITABLE' }));
    expect(() => createDistribution(box(1), { ...SPEC, std: 'network', logStdBounds: [1, -1] }, false)).toThrow(
      expect.objectContaining({ code: 'POLICY_LOG_STD_INVALID' }),
    );
  });

  it.each(CASES.filter(({ std }) => std !== 'network'))('is not offered by $name', (one) => {
    expect(prepare(one, 1).distribution.sampleBackward).toBeUndefined();
  });
});

describe('noisyDeterministic', () => {
  const create = (space: BoxSpace, observationSize = 0) =>
    createDistribution(space, { ...SPEC, kind: 'noisyDeterministic' }, false, 'agent', observationSize);
  const free = (scale: number, warmup: number) => {
    const array = f32([0, 0]);
    array[NOISE_SCALE] = scale;
    array[NOISE_WARMUP] = warmup;
    return array;
  };

  it('acts by the squashed output, with noise in halves of the width, held within the bounds', () => {
    const B = 200;
    const distribution = create(everyBound);
    const outputs = normals(B * 4, 1);
    const noise = normals(B * 4, 2);
    const actions = f32(new Float32Array(B * 4));
    const logProbs = f32(new Float32Array(B).fill(9));
    const modes = f32(new Float32Array(B * 4));
    distribution.sample(outputs, free(0.3, 0), noMask, noise, actions, logProbs, B);
    distribution.mode(outputs, free(0.3, 0), noMask, modes, B);
    let held = 0;
    for (let k = 0; k < B * 4; k++) {
      const [low, high] = every[k % 4]!;
      const { a } = squash(outputs[k]!, [low, high]);
      const half = k % 4 === 0 ? 5 : 1;
      const wanted = a + 0.3 * half * noise[k]!;
      if (wanted < low || wanted > high) held++;
      close(actions[k]!, Math.min(high, Math.max(low, wanted)), 1e-6);
      close(modes[k]!, a, 1e-6);
    }
    expect(held).toBeGreaterThan(10);
    expect(logProbs.every((value) => value === 0)).toBe(true);
  });

  it('is uniform between bounds while it warms up, whatever the outputs', () => {
    const B = 4000;
    const distribution = create(box(1, { low: -3, high: 5 }));
    const actions = f32(new Float32Array(B));
    distribution.sample(normals(B, 1, 100), free(0, 1), noMask, normals(B, 2), actions, f32(new Float32Array(B)), B);
    const shares = [...actions].map((a) => (a + 3) / 8).sort((a, b) => a - b);
    // The largest distance between the sample’s distribution and the uniform one (Kolmogorov–Smirnov, 1 in 10,000 beyond).
    const distance = shares.reduce((most, share, k) => Math.max(most, Math.abs(share - (k + 0.5) / B)), 0);
    expect(distance).toBeLessThan(2.2 / Math.sqrt(B));
    expect(shares[0]).toBeGreaterThanOrEqual(0);
    expect(shares.at(-1)).toBeLessThanOrEqual(1);
  });

  it('warms up by the squashed noise where there are not two bounds', () => {
    const distribution = create(everyBound);
    const noise = f32([0.5, -1, 2, 0.25]);
    const actions = f32(new Float32Array(4));
    distribution.sample(normals(4, 1), free(0, 1), noMask, noise, actions, f32([0]), 1);
    for (let j = 1; j < 4; j++) close(actions[j]!, squash(noise[j]!, every[j]!).a, 1e-6);
  });

  it('has the gradient of finite differences through the mode, and none elsewhere', () => {
    const B = 17;
    const distribution = create(everyBound);
    const outputs = normals(B * 4, 1);
    const dActions = normals(B * 4, 2);
    const dOutputs = f32(new Float32Array(B * 4).fill(9));
    distribution.modeBackward!(outputs, dActions, dOutputs, B);
    for (let k = 0; k < B * 4; k++) {
      const expected = slope((value) => dActions[k]! * squash(value, every[k % 4]!).a, outputs[k]!);
      close(dOutputs[k]!, expected, 1e-5);
    }
    const dFree = f32([0, 0]);
    const ones = f32(new Float32Array(B).fill(1));
    distribution.backward(outputs, free(0.3, 0), noMask, outputs, ones, ones, dOutputs, dFree, B);
    expect([...dOutputs, ...dFree].every((value) => value === 0)).toBe(true);
  });

  it('reads bounds off observations, and does what a forced element must', () => {
    const distribution = create(box(1, { low: observed(0), high: observed(1) }), 2);
    distribution.observe!(f32([1, 3, 2, 2]), 2);
    const actions = f32([0, 0]);
    const dOutputs = f32([9, 9]);
    distribution.sample(f32([0, 0]), free(0.5, 0), noMask, f32([1, 1]), actions, f32([0, 0]), 2);
    expect([...actions]).toEqual([2.5, 2]);
    distribution.sample(f32([0, 0]), free(0.5, 1), noMask, f32([0, 1]), actions, f32([0, 0]), 2);
    close(actions[0]!, 2, 1e-6);
    expect(actions[1]).toBe(2);
    distribution.modeBackward!(f32([0, 0]), f32([1, 1]), dOutputs, 2);
    expect([...dOutputs]).toEqual([1, 0]);
  });
});
