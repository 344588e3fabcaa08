import { describe, expect, it } from 'vitest';
import { createPlainKernels } from '../../../src/kernels/index.js';
import { place } from '../../property/kernels/arrays.js';

interface Row {
  readonly ratio: number;
  readonly advantage: number;
  readonly value: number;
  readonly oldValue: number;
  readonly target: number;
}

const ROW: Row = { ratio: 1, advantage: 0, value: 0, oldValue: 0, target: 0 };
const NO_CLIP = Infinity;

/** Losses and gradients of one row, both clips 0.2 unless told. */
function judge(row: Partial<Row>, valueClip = 0.2, weight: number | null = null) {
  const kernels = createPlainKernels();
  const { ratio, advantage, value, oldValue, target } = { ...ROW, ...row };
  const of = (x: number) => place(kernels, [x]);
  const [dLogProbs, dValues, sums] = [kernels.f32(1), kernels.f32(1), kernels.f32(4)];
  kernels.clippedObjective(
    of(Math.log(ratio)),
    of(0),
    of(value),
    kernels.i32(1),
    of(advantage),
    of(oldValue),
    of(target),
    weight === null ? null : of(weight),
    dLogProbs,
    dValues,
    sums,
    1,
    { advantageMean: 0, advantageScale: 1, clip: 0.2, valueClip, lossScale: 1, valueScale: 1 },
  );
  const [policyLoss, valueLoss, divergence, clipped] = sums;
  return { policyLoss, valueLoss, divergence, clipped, dLogProb: dLogProbs[0], dValue: dValues[0] };
}

describe('the clipped surrogate', () => {
  it.each([
    ['inside', 2, 1.1, -2.2, -2.2, 0],
    ['above, better than hoped: no more to gain', 2, 1.5, -2.4, 0, 1],
    ['above, worse: pulled back', -2, 1.5, 3, 3, 1],
    ['below, better: pulled back', 2, 0.5, -1, -1, 1],
    ['below, worse than feared: no more to gain', -2, 0.5, 1.6, 0, 1],
    ['no advantage', 0, 1.5, 0, 0, 1],
  ])('%s', (_, advantage, ratio, loss, gradient, beyond) => {
    const { policyLoss, dLogProb, clipped, divergence } = judge({ advantage, ratio });
    expect(policyLoss).toBeCloseTo(loss, 6);
    expect(dLogProb).toBeCloseTo(gradient, 6);
    expect(clipped).toBe(beyond);
    expect(divergence).toBeCloseTo(ratio - 1 - Math.log(ratio), 6);
  });

  it('leaves out what has no weight, but for its value', () => {
    const { policyLoss, dLogProb, dValue } = judge({ advantage: 2, value: 1 }, 0.2, 0);
    expect([policyLoss, dLogProb, dValue]).toEqual([0, 0, 1].map((x) => expect.closeTo(x, 6)));
    expect(judge({ advantage: 2 }, 0.2, 1).dLogProb).toBe(-2);
  });

  it.each([{ advantage: NaN }, { ratio: NaN, advantage: 1 }])('does not hide %o', (row) => {
    expect(judge(row).dLogProb).toBeNaN();
    expect(judge(row).policyLoss).toBeNaN();
  });
});

describe('clipped value regression', () => {
  it.each([
    ['inside the clip', 1.1, 0.2, 0.5 * 1.9 ** 2, -1.9],
    ['beyond it towards the target: no more to gain', 2, 0.2, 0.5 * 1.8 ** 2, 0],
    ['beyond it away from the target: pulled back', 0, 0.2, 0.5 * 9, -3],
    ['without a clip', 2, NO_CLIP, 0.5, -1],
  ])('%s', (_, value, clip, loss, gradient) => {
    const { valueLoss, dValue } = judge({ value, oldValue: 1, target: 3 }, clip);
    expect(valueLoss).toBeCloseTo(loss, 6);
    expect(dValue).toBeCloseTo(gradient, 6);
  });

  it('does not hide a value that is no number', () => {
    expect(judge({ value: NaN }).dValue).toBeNaN();
  });
});
