import { describe, expect, it } from 'vitest';
import { createDistribution } from '../../../src/policies/index.js';
import { composite } from '../../../src/spaces/index.js';
import { f32, noMask, SPEC } from './fixtures.js';

const HALF_STEP = 2 ** -25;
/** The second uniform that makes the quantity μ exactly. */
const MEDIAN = 0.5 - HALF_STEP;

/** The action and its log-probability of one row. */
function act(side: 'seller' | 'buyer', r: number, outputs: [number, number], noise: [number, number]) {
  const distribution = createDistribution(composite(side, r), SPEC, false);
  const [action, logProb] = [f32([9]), f32([9])];
  distribution.sample(f32(outputs), f32([0]), noMask, f32(noise), action, logProb, 1);
  return { action: action[0]!, logProb: logProb[0]! };
}

describe('a composite action', () => {
  it.each([
    ['the price of μ where it is likelier to act', 'seller', 1, 0.5, 3, 3],
    ['the reservation where μ is not beyond it', 'seller', 1, 0.5, -3, 1],
    ['the price of μ of a buyer', 'buyer', 1, 0.5, -3, -3],
    ['the reservation of a buyer', 'buyer', 1, 0.5, 3, 1],
    ['to pass where it is likelier', 'seller', 1, -0.5, 3, 0],
    ['to pass where both are as likely', 'seller', 1, 0, 3, 0],
    ['no price that means passing', 'seller', -1, 0.5, 0, 2 ** -149],
  ] as const)('has as its mode %s', (_, side, r, logit, mean, expected) => {
    const action = f32([9]);
    createDistribution(composite(side, r), SPEC, false).mode(f32([logit, mean]), f32([0]), noMask, action, 1);
    expect(action[0]).toBe(expected);
  });

  it('passes where the first uniform is not below p', () => {
    expect(act('seller', 1, [0, 3], [0.5, MEDIAN])).toEqual({ action: 0, logProb: Math.fround(Math.log(0.5)) });
    expect(act('seller', 1, [0, 3], [0.5 - 2 ** -24, MEDIAN]).action).toBe(3);
  });

  it.each(['seller', 'buyer'] as const)(
    'of a %s that asks for nothing does not pass, unless that is its reservation',
    (side) => {
      const r = side === 'seller' ? -1 : 1;
      const price = act(side, r, [0, 0], [0, MEDIAN]);
      expect(price.action).toBe(2 ** -149);
      expect(price.logProb).toBeCloseTo(Math.log(0.5) - 0.5 * Math.log(2 * Math.PI), 6);
      const atZero = act(side, 0, [0, 0], [0, MEDIAN]);
      expect(atZero.action).toBe(0);
      expect(atZero.logProb).toBeCloseTo(Math.log(0.75), 6);
    },
  );

  it('never is the negative zero, which would be another number to whoever compares bits', () => {
    expect(act('buyer', 0, [9, 5], [0, MEDIAN]).action).toBe(0);
    expect(act('buyer', -0, [9, 5], [0, MEDIAN]).action).toBe(0);
    expect(act('seller', -0, [9, -5], [0, MEDIAN]).action).toBe(0);
  });

  it.each([
    ['seller', 0.7],
    ['buyer', 0.1],
    ['seller', -0.1],
  ] as const)('of a %s at %f, which float32 rounds to the wrong side, is on the right one', (side, r) => {
    const sign = side === 'seller' ? 1 : -1;
    expect(sign * (Math.fround(r) - r)).toBeLessThan(0);
    const { action, logProb } = act(side, r, [9, -100 * sign], [0, MEDIAN]);
    expect(sign * (action - r)).toBeGreaterThanOrEqual(0);
    expect(action).toBeCloseTo(r, 6);
    // That is the point at the reservation, which is all but certain.
    expect(logProb).toBeGreaterThan(-0.001);
  });

  it('takes a price on the wrong side for the reservation', () => {
    const distribution = createDistribution(composite('seller', 2), SPEC, false);
    const logProbs = f32([0, 0]);
    distribution.logProb(f32([1, 1, 1, 1]), f32([0]), noMask, f32([1.5, 2]), logProbs, 2);
    expect(logProbs[0]).toBe(logProbs[1]);
  });
});
