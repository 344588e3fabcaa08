import { describe, expect, it } from 'vitest';
import { createPlainKernels, type F32 } from '../../../src/kernels/index.js';
import { evaluateLaw } from '../../../src/policies/distribution.js';
import { createDistribution } from '../../../src/policies/index.js';
import { box, contains, discrete, elementSize } from '../../../src/spaces/index.js';
import { bits, CASES, f32, kernels, noMask, normals, prepare, row, SPEC } from './fixtures.js';

/** Central difference of f at x in direction j. */
function slope(f: (x: readonly number[]) => number, x: readonly number[], j: number): number {
  const h = 1e-5;
  return (f(x.with(j, x[j]! + h)) - f(x.with(j, x[j]! - h))) / (2 * h);
}

const close = (actual: number, expected: number, tolerance: number): void => {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance * (1 + Math.abs(expected)));
};

describe.each(CASES)('$name', (one) => {
  const B = 31;
  const A = elementSize(one.space);

  it('samples elements of its space', () => {
    const { actions, observation, observationSize } = prepare(one, 500);
    for (let b = 0; b < 500; b++) {
      const seen = { values: observation, offset: b * observationSize };
      expect(contains(one.space, actions, b * A, seen)).toBe(true);
    }
  });

  it('has the log-probability and entropy of the paper', () => {
    const { distribution, outputs, free, mask, actions, logProbs, observation, observationSize } = prepare(one, B);
    const entropies = f32(new Float32Array(B));
    distribution.entropy(outputs, free, mask, entropies, B);
    for (let b = 0; b < B; b++) {
      const x = row(outputs, b, distribution.outputSize);
      const m = row(mask, b, distribution.maskSize);
      const o = row(observation, b, observationSize);
      close(logProbs[b]!, one.law.logProb(x, [...free], m, row(actions, b, A), o), 2e-6);
      close(entropies[b]!, one.law.entropy(x, [...free], m, o), 1e-6);
    }
  });

  it('evaluates at once what it evaluates one by one, where it can', () => {
    const { distribution, outputs, free, mask, actions, logProbs } = prepare(one, 300);
    const [again, both, entropies] = [0, 0, 0].map(() => f32(new Float32Array(300))) as [F32, F32, F32];
    evaluateLaw(distribution, outputs, free, mask, actions, again, both, 300);
    distribution.entropy(outputs, free, mask, entropies, 300);
    expect(bits(again)).toEqual(bits(logProbs));
    expect(bits(both)).toEqual(bits(entropies));
  });

  it('gives back what it took of its kernels', () => {
    const own = createPlainKernels();
    const { distribution, outputs, free, mask, noise, actions, logProbs } = prepare(one, 40, 1, own);
    const before = kernels.allocatedBytes;
    distribution.sample(outputs, free, mask, noise, actions, logProbs, 40);
    distribution.dispose?.();
    expect([own.allocatedBytes, kernels.allocatedBytes]).toEqual([0, before]);
  });

  it('gives a sampled action the log-probability that logProb gives it, to the bit', () => {
    const { distribution, outputs, free, mask, actions, logProbs } = prepare(one, 300);
    const again = f32(new Float32Array(300));
    distribution.logProb(outputs, free, mask, actions, again, 300);
    expect(bits(again)).toEqual(bits(logProbs));
  });

  it('has the gradients of finite differences', () => {
    const { distribution, outputs, free, mask, actions, observation, observationSize } = prepare(one, B);
    const O = distribution.outputSize;
    const dLogProbs = normals(B, 7);
    const dEntropies = normals(B, 8);
    const dOutputs = f32(new Float32Array(B * O).fill(9));
    const dFree = f32(new Float32Array(free.length).fill(0.5));
    distribution.backward(outputs, free, mask, actions, dLogProbs, dEntropies, dOutputs, dFree, B);
    const freeSlopes = [...free].fill(0.5);
    for (let b = 0; b < B; b++) {
      const x = row(outputs, b, O);
      const m = row(mask, b, distribution.maskSize);
      const a = row(actions, b, A);
      const o = row(observation, b, observationSize);
      const objective = (values: readonly number[], logStd: readonly number[]): number =>
        dLogProbs[b]! * one.law.logProb(values, logStd, m, a, o) +
        dEntropies[b]! * one.law.entropy(values, logStd, m, o);
      for (let j = 0; j < O; j++)
        close(
          dOutputs[b * O + j]!,
          slope((values) => objective(values, [...free]), x, j),
          1e-5,
        );
      for (let j = 0; j < free.length; j++) freeSlopes[j]! += slope((values) => objective(x, values), [...free], j);
    }
    for (let j = 0; j < free.length; j++) close(dFree[j]!, freeSlopes[j]!, 1e-4);
  });

  it('has the same gradients when the rows come in several calls', () => {
    const { distribution, outputs, free, mask, actions, observation, observationSize } = prepare(one, B);
    const { outputSize: O, maskSize: M } = distribution;
    const dLogProbs = normals(B, 7);
    const dEntropies = normals(B, 8);
    const whole = { dOutputs: f32(new Float32Array(B * O)), dFree: f32(new Float32Array(free.length)) };
    const split = { dOutputs: f32(new Float32Array(B * O)), dFree: f32(new Float32Array(free.length)) };
    distribution.backward(outputs, free, mask, actions, dLogProbs, dEntropies, whole.dOutputs, whole.dFree, B);
    for (const [from, to] of [
      [0, 1],
      [1, 9],
      [9, B],
    ] as const) {
      const part = (array: typeof outputs, width: number) => kernels.view(array, from * width, (to - from) * width);
      distribution.observe?.(part(observation, observationSize), to - from);
      distribution.backward(
        part(outputs, O),
        free,
        mask.subarray(from * M, to * M),
        part(actions, A),
        part(dLogProbs, 1),
        part(dEntropies, 1),
        part(split.dOutputs, O),
        split.dFree,
        to - from,
      );
    }
    expect(bits(split.dOutputs)).toEqual(bits(whole.dOutputs));
    // The kernels sum the gradients of log σ in stripes that begin with each call.
    if (/^(squashed )?gaussian|^composite/.test(one.name))
      whole.dFree.forEach((sum, j) => expect(split.dFree[j]).toBeCloseTo(sum, 4));
    else expect(bits(split.dFree)).toEqual(bits(whole.dFree));
  });

  it('writes nothing past its rows', () => {
    const { distribution, outputs, free, mask, noise } = prepare(one, B);
    const rows = B - 3;
    const actions = f32(new Float32Array(B * A).fill(77));
    const values = f32(new Float32Array(B).fill(77));
    const dOutputs = f32(new Float32Array(B * distribution.outputSize).fill(77));
    distribution.sample(outputs, free, mask, noise, actions, values, rows);
    distribution.mode(outputs, free, mask, actions, rows);
    distribution.logProb(outputs, free, mask, actions, values, rows);
    distribution.entropy(outputs, free, mask, values, rows);
    distribution.backward(
      outputs,
      free,
      mask,
      actions,
      values,
      values,
      dOutputs,
      f32(new Float32Array(free.length)),
      rows,
    );
    expect([...actions.slice(rows * A)]).toEqual(new Array(3 * A).fill(77));
    expect([...values.slice(rows)]).toEqual([77, 77, 77]);
    expect([...dOutputs.slice(rows * distribution.outputSize)]).toEqual(
      new Array(3 * distribution.outputSize).fill(77),
    );
  });
});

describe('mode', () => {
  it.each(CASES.filter((one) => !one.name.startsWith('squashed') && !one.name.startsWith('composite')))(
    'of $name is at least as likely as any sample',
    (one) => {
      const B = 400;
      const { distribution, outputs, free, mask, logProbs } = prepare(one, B);
      const actions = f32(new Float32Array(B * distribution.actionSize));
      const best = f32(new Float32Array(B));
      distribution.mode(outputs, free, mask, actions, B);
      distribution.logProb(outputs, free, mask, actions, best, B);
      for (let b = 0; b < B; b++) expect(best[b]!).toBeGreaterThanOrEqual(logProbs[b]!);
    },
  );

  it.each(CASES.filter((one) => one.name.startsWith('squashed')))('of $name is the squashed mean', (one) => {
    const { distribution, outputs, free, mask } = prepare(one, 20);
    const actions = f32(new Float32Array(20 * distribution.actionSize));
    const noNoise = f32(new Float32Array(20 * distribution.noiseSize));
    const sampled = f32(new Float32Array(20 * distribution.actionSize));
    distribution.mode(outputs, free, mask, actions, 20);
    distribution.sample(outputs, free, mask, noNoise, sampled, f32(new Float32Array(20)), 20);
    expect(bits(actions)).toEqual(bits(sampled));
  });
});

describe('at the edges', () => {
  it('a squashed gaussian gives an action on a bound the finite log-probability of the nearest one that it samples', () => {
    const distribution = createDistribution(box(1, { low: 0, high: 1 }), SPEC, false);
    const [actions, logProbs, outputs] = [f32([0, 1, 0, 1]), f32([0, 0, 0, 0]), f32([0, 0, 0, 0])];
    distribution.mode(f32([-60, 60]), f32([0]), noMask, kernels.view(actions, 2, 2), 2);
    distribution.logProb(outputs, f32([0]), noMask, actions, logProbs, 4);
    expect(logProbs.every(Number.isFinite)).toBe(true);
    expect([logProbs[0], logProbs[1]]).toEqual([logProbs[2], logProbs[3]]);
  });

  it('a categorical still takes a legal choice where its logits are not numbers, and its log-probability tells', () => {
    const distribution = createDistribution(discrete(4), SPEC, true);
    const [action, logProb] = [f32([9]), f32([0])];
    const outputs = f32([1, Number.NaN, 0, 0]);
    distribution.sample(outputs, f32([]), Uint8Array.from([1, 1, 1, 0]), f32([0.5]), action, logProb, 1);
    expect([action[0], logProb[0]]).toEqual([2, Number.NaN]);
  });
});
