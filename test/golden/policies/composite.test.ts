import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createPlainKernels, type F32 } from '../../../src/kernels/index.js';
import { compositePrice, compositePriceSlope } from '../../../src/policies/distributions/index.js';
import { createDistribution, type DistributionSpec } from '../../../src/policies/index.js';
import { composite, observed } from '../../../src/spaces/index.js';

interface Side {
  readonly price: readonly number[];
  readonly action: readonly number[];
  readonly d_action_d_quantity: readonly number[];
}
const golden = JSON.parse(readFileSync(new URL('../composite.json', import.meta.url), 'utf8')) as Readonly<
  Record<'seller' | 'buyer', Side> & Record<'quantity' | 'reservation' | 'logit' | 'u' | 'prob' | 'decision', number[]>
>;

const kernels = createPlainKernels();
const f32 = (values: readonly number[]): F32 => {
  const array = kernels.f32(values.length);
  array.set(values);
  return array;
};
const none = new Uint8Array(0);
/** Next to no noise: the quantity is μ. */
const spec: DistributionSpec = { kind: 'auto', initialLogStd: -20, logStdBounds: [-20, 2] };

describe.each(['seller', 'buyer'] as const)('a composite action of a %s', (side) => {
  const { quantity, reservation, logit, u, decision, prob } = golden;
  const expected = golden[side];
  const B = quantity.length;
  const distribution = createDistribution(composite(side, observed(0)), spec, false, side, 1);
  distribution.observe!(f32(reservation), B);
  const outputs = f32(logit.flatMap((x, b) => [x, quantity[b]!]));

  it('has the price of its quantity, and its derivative', () => {
    expect(quantity.map((q, b) => compositePrice(side, q, reservation[b]!))).toEqual(expected.price);
    const slopes = quantity.map((q, b) => decision[b]! * compositePriceSlope(side, q, reservation[b]!));
    expect(slopes).toEqual(expected.d_action_d_quantity.map(Math.abs));
  });

  it('decides by the first uniform and acts by the second', () => {
    const [actions, logProbs] = [f32(new Array(B).fill(9)), f32(new Array(B).fill(9))];
    const half = 0.5 - 2 ** -25;
    distribution.sample(outputs, f32([-20]), none, f32(u.flatMap((value) => [value, half])), actions, logProbs, B);
    actions.forEach((action, b) => {
      expect(action).toBeCloseTo(expected.action[b]!, 6);
    });
    expect([...actions].map((action) => (action === 0 ? 0 : 1))).toEqual(decision);
    logProbs.forEach((logProb, b) => {
      if (decision[b] === 0) expect(Math.exp(logProb)).toBeCloseTo(1 - prob[b]!, 6);
    });
  });

  it('learns of its quantity only where it acts', () => {
    const actions = f32(expected.action);
    const [dOutputs, dFree, ones] = [f32(new Array(2 * B).fill(9)), f32([0]), f32(new Array(B).fill(1))];
    distribution.backward(outputs, f32([0]), none, actions, ones, f32(new Array(B).fill(0)), dOutputs, dFree, B);
    decision.forEach((acts, b) => {
      expect(dOutputs[2 * b]).toBeCloseTo(acts - prob[b]!, 6);
      if (acts === 0) expect(Math.abs(dOutputs[2 * b + 1]!)).toBe(0);
      // At the reservation the quantity is known to lie behind it; beyond, it is known.
      else if (expected.action[b] === reservation[b]) expect(Math.abs(dOutputs[2 * b + 1]!)).toBeGreaterThan(0.1);
      else expect(dOutputs[2 * b + 1]).toBeCloseTo(0, 6);
    });
  });
});
