import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { createPlainKernels } from '../../../src/kernels/index.js';
import { createNetwork, INITIALIZATIONS, type NetworkSpec } from '../../../src/networks/index.js';
import { bits } from './fixtures.js';

const kernels = createPlainKernels();

/** First parameters of a network with one hidden layer: weights of both layers and all biases. */
function initialize(I: number, H: number, O: number, over: Partial<NetworkSpec>, seed = 1, outputGain = 1) {
  const network = createNetwork(
    kernels,
    { kind: 'mlp', hidden: [H], activation: 'tanh', initialization: 'orthogonal', ...over },
    { inputSize: I, outputSize: O, maxRows: 1, outputGain },
  );
  const parameters = kernels.f32(network.parameterCount).fill(9);
  network.initialize(parameters, new RandomStream(seed, 'initialize'));
  return {
    parameters,
    hidden: parameters.subarray(0, I * H),
    output: parameters.subarray(I * H + H, I * H + H + H * O),
    biases: [...parameters.subarray(I * H, I * H + H), ...parameters.subarray(I * H + H + H * O)],
  };
}

/** Largest deviation of WᵀW (or WWᵀ where W is wide) from gain² times the identity. */
function deviation(weights: Float32Array, I: number, O: number, gain: number): number {
  const count = Math.min(I, O);
  const at = (v: number, k: number): number => (I >= O ? weights[k * O + v]! : weights[v * O + k]!);
  let worst = 0;
  for (let v = 0; v < count; v++) {
    for (let w = 0; w < count; w++) {
      let product = 0;
      for (let k = 0; k < Math.max(I, O); k++) product += at(v, k) * at(w, k);
      worst = Math.max(worst, Math.abs(product - (v === w ? gain * gain : 0)));
    }
  }
  return worst;
}

describe('orthogonal', () => {
  it.each([
    ['tall', 9, 4],
    ['wide', 3, 8],
    ['square', 24, 24],
    ['a single number', 1, 1],
  ])('weights are orthogonal at √2 in hidden layers and at the output gain: %s', (_, I, H) => {
    const { hidden, output } = initialize(I, H, 2, {}, 1, 0.01);
    expect(deviation(hidden, I, H, Math.SQRT2)).toBeLessThan(1e-6);
    expect(deviation(output, H, 2, 0.01)).toBeLessThan(1e-9);
  });

  it('takes the gains of the spec before those of the caller', () => {
    const { hidden, output } = initialize(6, 4, 2, { hiddenGain: 3, outputGain: 0.5 }, 1, 0.01);
    expect(deviation(hidden, 6, 4, 3)).toBeLessThan(1e-5);
    expect(deviation(output, 4, 2, 0.5)).toBeLessThan(1e-6);
  });

  it('has no preferred sign: the mean over seeds is near 0', () => {
    let sum = 0;
    for (let seed = 0; seed < 400; seed++) sum += initialize(2, 2, 1, {}, seed).hidden[0]!;
    expect(Math.abs(sum / 400)).toBeLessThan(0.2);
  });
});

describe('uniform laws', () => {
  it.each([
    ['xavierUniform' as const, Math.sqrt(6 / (20 + 30))],
    ['heUniform' as const, Math.sqrt(6 / 20)],
    ['lecunUniform' as const, Math.sqrt(3 / 20)],
  ])('%s fills its bounds evenly', (initialization, bound) => {
    const { hidden } = initialize(20, 30, 1, { initialization });
    const largest = hidden.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
    expect(largest).toBeLessThanOrEqual(Math.fround(bound));
    expect(largest).toBeGreaterThan(0.98 * bound);
    const mean = hidden.reduce((sum, w) => sum + w, 0) / hidden.length;
    const variance = hidden.reduce((sum, w) => sum + w * w, 0) / hidden.length;
    expect(Math.abs(mean)).toBeLessThan(0.1 * bound);
    expect(Math.abs(variance / (bound ** 2 / 3) - 1)).toBeLessThan(0.15);
  });

  it('are scaled by the gain', () => {
    const plain = initialize(3, 4, 2, { initialization: 'heUniform' }, 5);
    const scaled = initialize(3, 4, 2, { initialization: 'heUniform', hiddenGain: 2 }, 5);
    scaled.hidden.forEach((w, k) => expect(w).toBeCloseTo(2 * plain.hidden[k]!, 6));
  });
});

describe('every initialization', () => {
  it.each(INITIALIZATIONS)(
    '%s: biases are 0, the same stream gives the same bits, another gives others',
    (initialization) => {
      const one = initialize(5, 6, 2, { initialization }, 1);
      expect(one.biases).toEqual(new Array(8).fill(0));
      expect(bits(initialize(5, 6, 2, { initialization }, 1).parameters)).toEqual(bits(one.parameters));
      const other = bits(initialize(5, 6, 2, { initialization }, 2).parameters);
      if (initialization === 'zeros') expect(new Set(other)).toEqual(new Set([0]));
      else expect(other).not.toEqual(bits(one.parameters));
    },
  );
});
