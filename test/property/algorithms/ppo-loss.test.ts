import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  emptyPpoSums,
  ppoGradient,
  surrogateGradient,
  surrogateLoss,
  valueGradient,
  valueLoss,
} from '../../../src/algorithms/ppo/loss.js';

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const H = 1e-6;
const close = (actual: number, expected: number): boolean =>
  Math.abs(actual - expected) <= 1e-5 * (1 + Math.abs(expected));

describe('the clipped surrogate', () => {
  it('has the gradient of its loss in log π, inside and outside the clip', () => {
    fc.assert(
      fc.property(number(-5, 5), number(-2, 2), number(0.01, 0.9), (advantage, logRatio, clip) => {
        // A kink lies where the ratio meets a bound.
        const ratio = Math.exp(logRatio);
        fc.pre(Math.abs(ratio - 1 - clip) > 1e-4 && Math.abs(ratio - 1 + clip) > 1e-4);
        const loss = (at: number): number => surrogateLoss(advantage, Math.exp(at), clip);
        const expected = (loss(logRatio + H) - loss(logRatio - H)) / (2 * H);
        expect(close(surrogateGradient(advantage, ratio, clip), expected)).toBe(true);
      }),
    );
  });

  it.each([
    ['inside', 2, 1.1, -2.2, -2.2],
    ['above, better than hoped: no more to gain', 2, 1.5, -2.4, 0],
    ['above, worse: pulled back', -2, 1.5, 3, 3],
    ['below, better: pulled back', 2, 0.5, -1, -1],
    ['below, worse than feared: no more to gain', -2, 0.5, 1.6, 0],
    ['no advantage', 0, 1.5, 0, 0],
  ])('%s', (_, advantage, ratio, loss, gradient) => {
    expect(surrogateLoss(advantage, ratio, 0.2)).toBeCloseTo(loss, 12);
    expect(surrogateGradient(advantage, ratio, 0.2)).toBeCloseTo(gradient, 12);
  });
});

describe('the value loss', () => {
  const clips = fc.option(number(0.01, 2), { nil: undefined });

  it('has the gradient of its loss in V, clipped or not', () => {
    fc.assert(
      fc.property(number(-3, 3), number(-3, 3), number(-3, 3), clips, (value, old, target, clip) => {
        if (clip !== undefined) {
          const bounded = old + Math.min(Math.max(value - old, -clip), clip);
          // Kinks: where V meets a bound, and where both errors are equally large.
          fc.pre(Math.abs(Math.abs(value - old) - clip) > 1e-4);
          fc.pre(bounded === value || Math.abs(Math.abs(value - target) - Math.abs(bounded - target)) > 1e-4);
        }
        const loss = (at: number): number => valueLoss(at, old, target, clip);
        const expected = (loss(value + H) - loss(value - H)) / (2 * H);
        expect(close(valueGradient(value, old, target, clip), expected)).toBe(true);
      }),
    );
  });

  it.each([
    ['inside the clip', 1.1, 1, 3, 0.5 * 1.9 ** 2, -1.9],
    ['beyond it towards the target: no more to gain', 2, 1, 3, 0.5 * 1.8 ** 2, 0],
    ['beyond it away from the target: pulled back', 0, 1, 3, 0.5 * 9, -3],
  ])('%s', (_, value, old, target, loss, gradient) => {
    expect(valueLoss(value, old, target, 0.2)).toBeCloseTo(loss, 12);
    expect(valueGradient(value, old, target, 0.2)).toBeCloseTo(gradient, 12);
  });
});

describe('ppoGradient', () => {
  const sample = fc.record({
    logRatio: number(-1, 1),
    advantage: number(-3, 3),
    value: number(-2, 2),
    oldValue: number(-2, 2),
    target: number(-2, 2),
    entropy: number(-1, 3),
  });

  it('adds up losses and counts, scales gradients, and touches nothing beyond its rows', () => {
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 9 }), clipOrNone(), (samples, valueClip) => {
        const rows = samples.length;
        const terms = { clip: 0.2, valueClip, valueCoefficient: 0.7, entropyCoefficient: 0.01, scale: 1 / rows };
        const f32 = (at: (one: (typeof samples)[number]) => number): Float32Array =>
          Float32Array.from([...samples.map(at), 9]);
        const arrays = [
          f32((one) => one.logRatio),
          f32((one) => Math.exp(one.logRatio)),
          f32((one) => one.advantage),
          f32((one) => one.value),
          f32((one) => one.oldValue),
          f32((one) => one.target),
          f32((one) => one.entropy),
        ] as const;
        const [logRatios, ratios, advantages, values, oldValues, targets, entropies] = arrays;
        const [dLogProbs, dEntropies, dValues] = [0, 0, 0].map(() => new Float32Array(rows + 1).fill(7));
        const sums = { ...emptyPpoSums(), samples: 5, policyLoss: 1, valueLoss: 2, entropy: 3, kl: 4, clipped: 6 };
        ppoGradient(
          rows,
          logRatios,
          ratios,
          advantages,
          values,
          oldValues,
          targets,
          entropies,
          terms,
          dLogProbs,
          dEntropies,
          dValues,
          sums,
        );
        const total = (at: (b: number) => number): number => samples.reduce((sum, _, b) => sum + at(b), 0);
        expect(sums.samples).toBe(5 + rows);
        expect(sums.policyLoss).toBeCloseTo(1 + total((b) => surrogateLoss(advantages[b], ratios[b], 0.2)), 9);
        const loss = (b: number): number => valueLoss(values[b], oldValues[b], targets[b], valueClip);
        expect(sums.valueLoss).toBeCloseTo(2 + total(loss), 9);
        expect(sums.entropy).toBeCloseTo(3 + total((b) => entropies[b]), 9);
        expect(sums.kl).toBeCloseTo(4 + total((b) => ratios[b] - 1 - logRatios[b]), 9);
        expect(sums.clipped).toBe(6 + total((b) => (ratios[b] < 0.8 || ratios[b] > 1.2 ? 1 : 0)));
        for (let b = 0; b < rows; b++) {
          expect(dLogProbs[b]).toBe(Math.fround(surrogateGradient(advantages[b], ratios[b], 0.2) * terms.scale));
          expect(dEntropies[b]).toBe(Math.fround(-0.01 * terms.scale));
          const gradient = valueGradient(values[b], oldValues[b], targets[b], valueClip);
          expect(dValues[b]).toBeCloseTo((0.7 * gradient) / rows, 6);
        }
        expect([dLogProbs[rows], dEntropies[rows], dValues[rows]]).toEqual([7, 7, 7]);
      }),
    );
  });

  function clipOrNone() {
    return fc.option(number(0.01, 1), { nil: undefined });
  }
});
