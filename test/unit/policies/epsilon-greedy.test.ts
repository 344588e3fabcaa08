import { describe, expect, it } from 'vitest';
import { createDistribution, type DistributionSpec } from '../../../src/policies/index.js';
import { binary, discrete, multiDiscrete, type SimpleSpace } from '../../../src/spaces/index.js';
import { f32, SPEC, uniforms } from './fixtures.js';

const spec: DistributionSpec = { ...SPEC, kind: 'epsilonGreedy' };
const B = 30_000;

/** Shares of each choice in B draws with the same values. */
function shares(
  space: SimpleSpace,
  values: readonly number[],
  epsilon: number,
  mask: readonly number[] = [],
): number[][] {
  const law = createDistribution(space, spec, mask.length > 0);
  const rows = (row: readonly number[]) => Array.from({ length: B * row.length }, (_, k) => row[k % row.length]!);
  const actions = f32(new Float32Array(B * law.actionSize));
  const noise = uniforms(B * law.noiseSize, 5);
  law.sample(
    f32(rows(values)),
    f32([epsilon]),
    Uint8Array.from(rows(mask)),
    noise,
    actions,
    f32(new Float32Array(B)),
    B,
  );
  return Array.from({ length: law.actionSize }, (_, s) =>
    Array.from({ length: 5 }, (_, c) => actions.filter((a, k) => k % law.actionSize === s && a === c).length / B),
  );
}

const expectShares = (found: readonly number[], expected: readonly number[]): void => {
  for (const [c, p] of expected.entries()) {
    expect(Math.abs(found[c]! - p)).toBeLessThanOrEqual(4 * Math.sqrt((p * (1 - p)) / B));
  }
};

describe('ε-greedy', () => {
  it.each([
    { epsilon: 0, expected: [0, 0, 1, 0] },
    { epsilon: 0.2, expected: [0.05, 0.05, 0.85, 0.05] },
    { epsilon: 1, expected: [0.25, 0.25, 0.25, 0.25] },
  ])('with ε = $epsilon takes choices with probability $expected', ({ epsilon, expected }) => {
    expectShares(shares(discrete(4), [1, 0, 3, 2], epsilon)[0]!, expected);
  });

  it('neither prefers nor tries what is illegal', () => {
    expectShares(shares(discrete(4), [1, 0, 3, 2], 0.3, [1, 1, 0, 0])[0]!, [0.85, 0.15, 0, 0]);
    expectShares(shares(discrete(4), [1, 0, 3, 2], 1, [0, 1, 0, 1])[0]!, [0, 0.5, 0, 0.5]);
  });

  it('explores each element by itself', () => {
    const [first, second] = shares(multiDiscrete([2, 3]), [0, 1, 5, 4, 3], 0.3);
    expectShares(first!, [0.15, 0.85]);
    expectShares(second!, [0.8, 0.1, 0.1]);
    for (const element of shares(binary(2), [0, 1, 0, 1], 0.4)) expectShares(element, [0.2, 0.8]);
  });

  it('takes the first of the greatest values, whatever ε is, as its mode', () => {
    const law = createDistribution(discrete(4), spec, true);
    const actions = f32([9, 9]);
    law.mode(f32([1, 3, 3, 2, 1, 3, 3, 2]), f32([1]), Uint8Array.of(1, 1, 1, 1, 1, 0, 0, 1), actions, 2);
    expect([...actions]).toEqual([1, 3]);
  });

  it('gives an illegal choice the probability 0', () => {
    const law = createDistribution(discrete(2), spec, true);
    const logProbs = f32([9, 9]);
    law.logProb(f32([0, 1, 0, 1]), f32([0.5]), Uint8Array.of(1, 0, 1, 1), f32([1, 7]), logProbs, 2);
    expect([...logProbs]).toEqual([-Infinity, -Infinity]);
  });

  it('begins with ε = 1, and keeps it within 0 and 1', () => {
    const law = createDistribution(discrete(2), spec, false);
    const free = f32([7]);
    law.initialize(free);
    expect(free[0]).toBe(1);
    for (const [epsilon, kept] of [
      [1.5, 1],
      [-0.5, 0],
      [0.25, 0.25],
      [Number.NaN, Number.NaN],
    ] as const) {
      free[0] = epsilon;
      law.project(free);
      expect(free[0]).toBe(kept);
    }
  });

  it('refuses a mask without a legal choice, with its row', () => {
    const law = createDistribution(discrete(2), spec, true);
    const refused = expect.objectContaining({ code: 'POLICY_MASK_EMPTY', data: { row: 1, element: 0 } });
    const mask = Uint8Array.of(1, 0, 0, 0);
    expect(() => law.mode(f32([0, 0, 0, 0]), f32([1]), mask, f32([0, 0]), 2)).toThrow(refused);
    const sample = () => law.sample(f32([0, 0, 0, 0]), f32([1]), mask, f32([0, 0, 0, 0]), f32([0, 0]), f32([0, 0]), 2);
    expect(sample).toThrow(refused);
  });

  it('is for choices only', () => {
    expect(() => createDistribution({ kind: 'box', shape: [1] }, spec, false)).toThrow(/is box.*"epsilonGreedy"/);
  });
});
