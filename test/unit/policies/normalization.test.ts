import { describe, expect, it } from 'vitest';
import { createDistribution } from '../../../src/policies/index.js';
import { binary, box, composite, discrete, multiDiscrete, observed } from '../../../src/spaces/index.js';
import { CASES, f32, noMask, normals, prepare, SPEC, uniforms } from './fixtures.js';

/** ∫ exp(log p(a)) da over [low, high] by midpoints, for one row of outputs. */
function mass(
  distribution: ReturnType<typeof createDistribution>,
  mean: number,
  logStd: number,
  low: number,
  high: number,
) {
  const n = 40_000;
  const width = (high - low) / n;
  const actions = f32(Array.from({ length: n }, (_, k) => low + (k + 0.5) * width));
  const logProbs = f32(new Float32Array(n));
  distribution.logProb(f32(new Float32Array(n).fill(mean)), f32([logStd]), noMask, actions, logProbs, n);
  return logProbs.reduce((sum, logProb) => sum + Math.exp(logProb) * width, 0);
}

describe('densities integrate to 1', () => {
  it.each([
    [0, 0],
    [1.5, -1],
    [-2, 0.5],
  ])('gaussian with mean %f and log std %f', (mean, logStd) => {
    expect(mass(createDistribution(box(1), SPEC, false), mean, logStd, -20, 20)).toBeCloseTo(1, 4);
  });

  it.each([
    [0, 0, -1, 1],
    [0.7, -0.5, 0, 10],
    [-1, -1, -3, -2.5],
  ])('squashed gaussian with mean %f and log std %f in [%f, %f]', (mean, logStd, low, high) => {
    const distribution = createDistribution(box(1, { low, high }), SPEC, false);
    expect(mass(distribution, mean, logStd, low, high)).toBeCloseTo(1, 3);
  });

  it.each<['low' | 'high' | 'none', number, number]>([
    ['low', 0.5, -0.5],
    ['low', -1, 0.3],
    ['high', 0.5, -0.5],
    ['high', 2, 0.3],
    ['none', 0.5, 0],
  ])('squashed gaussian with the bound "%s", mean %f and log std %f', (side, mean, logStd) => {
    const distribution = createDistribution(
      box(1, side === 'none' ? {} : { [side]: 3 }),
      { ...SPEC, kind: 'squashedGaussian' },
      false,
    );
    const [from, to] = side === 'low' ? [3, 23] : side === 'high' ? [-17, 3] : [-10, 10];
    expect(mass(distribution, mean, logStd, from, to)).toBeCloseTo(1, 3);
  });

  it.each([
    ['around the mean', -1, 2, 0.3, 0, -1, 2],
    ['wide', -40, 40, 0.3, 0, -8, 8],
    ['short', 0, 0.25, 0.1, 0, 0, 0.25],
    ['short beside the mean', 1, 1.25, 0, 0, 1, 1.25],
    ['beyond the mean', 5, 9, 0, 0, 5, 8],
    ['far below the mean', -3, -2, 50, 0, -2.5, -2],
    ['far above the mean', 2, Infinity, -1e6, 2, 2, 2.003],
    ['bounded below', -1, Infinity, 0.5, 0, -1, 9],
    ['bounded above', -Infinity, 1, 0.5, 0, -9, 1],
    ['unbounded', -Infinity, Infinity, 0.5, -1, -4, 5],
  ])('truncated gaussian, %s: [%f, %f] with mean %f and log std %f', (_, low, high, mean, logStd, from, to) => {
    for (const sides of [
      { low, high },
      { low: observed(0), high },
    ]) {
      if (typeof sides.low === 'object' && !Number.isFinite(low)) continue;
      const spec = { ...SPEC, kind: 'truncatedGaussian' } as const;
      const distribution = createDistribution(box(1, sides), spec, false, 'agent', 1);
      distribution.observe?.(f32(new Float32Array(40_000).fill(low)), 40_000);
      expect(mass(distribution, mean, logStd, from, to)).toBeCloseTo(1, 4);
    }
  });

  it.each([
    ['seller', 0.5, 1, 0.2, -0.3],
    ['seller', -1.5, 0.25, -1, 0.4],
    ['seller', 0, 0, 0.5, 0],
    ['seller', -2, -1, 0.5, 0],
    ['buyer', 0.5, 1, 0.2, -0.3],
    ['buyer', 0, 0, -0.5, 0],
    ['buyer', 2, -1, 0.5, 0],
  ] as const)(
    'composite of a %s with logit %f, reservation %f, mean %f and log std %f',
    (side, logit, r, mean, logStd) => {
      const distribution = createDistribution(composite(side, r), SPEC, false);
      const n = 40_000;
      const step = 12 / n;
      const sign = side === 'seller' ? 1 : -1;
      const prices = Array.from({ length: n }, (_, k) => r + sign * (k + 0.5) * step);
      const actions = f32(r === 0 ? [...prices, 0] : [...prices, 0, r]);
      const logProbs = f32(new Float32Array(actions.length));
      const outputs = f32(Array.from({ length: 2 * actions.length }, (_, k) => (k % 2 === 0 ? logit : mean)));
      distribution.logProb(outputs, f32([logStd]), noMask, actions, logProbs, actions.length);
      let total = 0;
      logProbs.forEach((logProb, k) => {
        total += Math.exp(logProb) * (k < n ? step : 1);
      });
      expect(total).toBeCloseTo(1, 4);
    },
  );
});

describe('probabilities add up to 1', () => {
  /** All actions of the counts, one per row, under one row of logits repeated. */
  function total(counts: readonly number[], mask: readonly number[]): number {
    const rows = counts.reduce((product, count) => product * count, 1);
    const logits = normals(
      counts.reduce((sum, count) => sum + count, 0),
      3,
      2,
    );
    const actions: number[] = [];
    for (let r = 0; r < rows; r++) {
      let rest = r;
      for (const count of counts) {
        actions.push(rest % count);
        rest = Math.floor(rest / count);
      }
    }
    const distribution = createDistribution(multiDiscrete(counts), SPEC, mask.length > 0);
    const outputs = f32(Array.from({ length: rows * logits.length }, (_, k) => logits[k % logits.length]!));
    const masks = Uint8Array.from({ length: rows * mask.length }, (_, k) => mask[k % mask.length]!);
    const logProbs = f32(new Float32Array(rows));
    distribution.logProb(outputs, f32([]), masks, f32(actions), logProbs, rows);
    for (let r = 0; r < rows; r++) {
      let at = 0;
      const legal = counts.every((count, s) => {
        at += count;
        return mask.length === 0 || mask[at - count + actions[r * counts.length + s]!] === 1;
      });
      if (!legal) expect(Math.exp(logProbs[r]!)).toBe(0);
    }
    return logProbs.reduce((sum, logProb) => sum + Math.exp(logProb), 0);
  }

  it.each<[string, number[], number[]]>([
    ['discrete', [6], []],
    ['multiDiscrete', [3, 1, 4], []],
    ['masked multiDiscrete', [3, 2, 4], [1, 0, 1, 0, 1, 1, 1, 0, 1]],
  ])('%s', (_, counts, mask) => {
    expect(total(counts, mask)).toBeCloseTo(1, 6);
  });

  it('binary', () => {
    const distribution = createDistribution(binary(2), SPEC, false);
    const logProbs = f32(new Float32Array(4));
    distribution.logProb(
      f32([0.3, -2, 0.3, -2, 0.3, -2, 0.3, -2]),
      f32([]),
      noMask,
      f32([0, 0, 0, 1, 1, 0, 1, 1]),
      logProbs,
      4,
    );
    expect(logProbs.reduce((sum, logProb) => sum + Math.exp(logProb), 0)).toBeCloseTo(1, 6);
  });
});

describe('samples follow the law', () => {
  const n = 40_000;

  it('gaussian: mean and standard deviation', () => {
    const actions = f32(new Float32Array(n));
    const distribution = createDistribution(box(1), SPEC, false);
    const outputs = f32(new Float32Array(n).fill(1.5));
    distribution.sample(outputs, f32([Math.log(0.5)]), noMask, normals(n, 11), actions, f32(new Float32Array(n)), n);
    const mean = actions.reduce((sum, a) => sum + a, 0) / n;
    const variance = actions.reduce((sum, a) => sum + (a - mean) ** 2, 0) / n;
    expect(Math.abs(mean - 1.5)).toBeLessThan(0.01);
    expect(Math.abs(Math.sqrt(variance) - 0.5)).toBeLessThan(0.01);
  });

  it('squashed gaussian: the mean of its density', () => {
    const distribution = createDistribution(box(1, { low: 0, high: 4 }), SPEC, false);
    const actions = f32(new Float32Array(n));
    distribution.sample(
      f32(new Float32Array(n).fill(0.5)),
      f32([0]),
      noMask,
      normals(n, 12),
      actions,
      f32(new Float32Array(n)),
      n,
    );
    let expected = 0;
    for (let k = 0; k < 4000; k++) {
      const u = -10 + (k + 0.5) * 0.005;
      const density = Math.exp(-((u - 0.5) ** 2) / 2) / Math.sqrt(2 * Math.PI);
      expected += 2 * (Math.tanh(u) + 1) * density * 0.005;
    }
    expect(Math.abs(actions.reduce((sum, a) => sum + a, 0) / n - expected)).toBeLessThan(0.02);
  });

  it('categorical: frequencies, none for illegal choices', () => {
    const logits = [0.5, 3, -1, 0];
    const distribution = createDistribution(discrete(4), SPEC, true);
    const actions = f32(new Float32Array(n));
    distribution.sample(
      f32(Array.from({ length: 4 * n }, (_, k) => logits[k % 4]!)),
      f32([]),
      Uint8Array.from({ length: 4 * n }, (_, k) => (k % 4 === 1 ? 0 : 1)),
      uniforms(n, 13),
      actions,
      f32(new Float32Array(n)),
      n,
    );
    const weights = [Math.exp(0.5), 0, Math.exp(-1), 1];
    const sum = weights.reduce((a, b) => a + b, 0);
    weights.forEach((weight, c) => {
      const frequency = actions.filter((a) => a === c).length / n;
      if (weight === 0) expect(frequency).toBe(0);
      else expect(Math.abs(frequency - weight / sum)).toBeLessThan(0.01);
    });
  });

  it('bernoulli: frequencies', () => {
    const actions = f32(new Float32Array(n));
    const distribution = createDistribution(binary(), SPEC, false);
    distribution.sample(
      f32(new Float32Array(n).fill(-1)),
      f32([]),
      noMask,
      uniforms(n, 14),
      actions,
      f32(new Float32Array(n)),
      n,
    );
    expect(Math.abs(actions.reduce((a, b) => a + b, 0) / n - 1 / (1 + Math.E))).toBeLessThan(0.01);
  });

  it.each(CASES.filter(({ name }) => /^(truncated|composite)/.test(name)))(
    '$name: entropy is the mean of −log p over samples',
    (one) => {
      const rows = 40_000;
      const { distribution, outputs, free, mask, noise, actions, logProbs, observation, observationSize } = prepare(
        one,
        rows,
      );
      const O = distribution.outputSize;
      // The law of row 1 throughout.
      for (let k = 0; k < rows * O; k++) outputs[k] = outputs[O + (k % O)]!;
      for (let k = 0; k < rows * observationSize; k++) {
        observation[k] = observation[observationSize + (k % observationSize)]!;
      }
      distribution.observe?.(observation, rows);
      distribution.sample(outputs, free, mask, noise, actions, logProbs, rows);
      const entropies = f32(new Float32Array(rows));
      distribution.entropy(outputs, free, mask, entropies, rows);
      const mean = logProbs.reduce((sum, value) => sum + value, 0) / rows;
      const variance = logProbs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows;
      expect(variance).toBeGreaterThan(0.01);
      expect(Math.abs(mean + entropies[0]!)).toBeLessThan(4 * Math.sqrt(variance / rows));
    },
  );

  it.each([
    ['around the mean', -1, 2, 0.3, 0],
    ['short', 0, 0.25, 3, 0],
    ['very short', 0, 1e-5, 1, 0],
    ['beyond the mean', 1, 4, 0, 0],
    ['far above the mean', 5, 50, 0, 0],
    ['far below the mean', -2, -1, 49, 0],
    ['so far that only floats are left', 0, 3e-5, -1e6, 2],
    ['unbounded', -Infinity, Infinity, 2, 0.5],
  ])('truncated gaussian, %s: uniforms become the quantiles of the density', (_, low, high, mean, logStd) => {
    const spec = { ...SPEC, kind: 'truncatedGaussian' } as const;
    const distribution = createDistribution(box(1, { low, high }), spec, false);
    const count = 2000;
    const fill = (value: number) => f32(new Float32Array(count).fill(value));
    const [actions, logProbs] = [fill(0), fill(0)];
    const noise = f32(Array.from({ length: count }, (_, k) => (k + 0.5) / count));
    distribution.sample(fill(mean), f32([logStd]), noMask, noise, actions, logProbs, count);
    // Between neighboring quantiles the density, by the trapezoid rule, has the mass 1/count.
    for (let k = Math.ceil(count * 0.01); k < count * 0.99; k++) {
      const width = actions[k]! - actions[k - 1]!;
      const probability = width * 0.5 * (Math.exp(logProbs[k]!) + Math.exp(logProbs[k - 1]!));
      const rounding = (Math.abs(actions[k]!) * 2 ** -23) / width;
      expect(Math.abs(probability * count - 1)).toBeLessThan(0.002 + rounding);
    }
  });
});
