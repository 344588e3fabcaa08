import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { PpoOptions } from '../../../src/algorithms/ppo/options.js';
import { ActorCritic } from '../../../src/algorithms/shared/actor-critic.js';
import { ReturnEstimates } from '../../../src/algorithms/shared/returns.js';
import type { PolicyBatch } from '../../../src/experience/index.js';
import { createPlainKernels, createWasmKernels, type Kernels, reference } from '../../../src/kernels/index.js';
import { batchOf, contextOf, type Ends, ONE_CHANNEL } from './learning.js';

const shape = { segments: 3, horizon: 7, instances: 4 };
const [GAMMA, LAMBDA] = [0.9, 0.8];
// In the first, middle and last steps of segments; some instances never end, some end twice in a row.
const ends: Ends = (n) => (n % 11 === 3 ? 't' : n % 7 === 2 ? 'c' : n % 28 === 26 ? 't' : '');

function estimate(kernels: Kernels, critic: boolean, change: (batch: PolicyBatch) => PolicyBatch = (batch) => batch) {
  const context = contextOf(kernels, 'ppo', {}, { hidden: [], observationSize: 2, shape });
  const actorCritic = new ActorCritic(context, {
    critic,
    optimizer: Value.Parse(PpoOptions, context.options),
    ...ONE_CHANNEL,
  });
  // V(o) = 2·o₀ − o₁ + 0.5
  if (critic) actorCritic.parameters.set([2, -1, 0.5], actorCritic.policy.parameterCount);
  const batch = change(batchOf(context, actorCritic.parameters, { ends }));
  const estimates = new ReturnEstimates(kernels, 1, batch.samples, shape.segments * shape.instances);
  const [returns] = estimates.channels;
  estimates.estimateValues(batch, actorCritic);
  returns.setDiscounts(batch, GAMMA, LAMBDA);
  returns.estimateAdvantages(batch);
  return { batch, returns };
}

/** V(o) of row `row`, or 0 without a critic. */
const criticOf = (observations: Float32Array, row: number, critic: boolean): number =>
  critic ? 2 * observations[2 * row] - observations[2 * row + 1] + 0.5 : 0;

/** Everything in float64, segment by segment, through the kernels' reference. */
function expected(batch: PolicyBatch, critic: boolean) {
  const { segments: S, horizon: T, instances: B } = shape;
  const nextValues: number[] = [];
  const advantages: number[] = [];
  for (let s = 0; s < S; s++) {
    const matrix = (at: (n: number, t: number, b: number) => number): number[][] =>
      Array.from({ length: T }, (_, t) => Array.from({ length: B }, (_b, b) => at((s * T + t) * B + b, t, b)));
    const values = matrix((n) => criticOf(batch.observations, n, critic));
    const next = matrix((n, t, b) => {
      const final = batch.finalSamples.indexOf(n);
      if (final >= 0) return criticOf(batch.finalObservations, final, critic);
      return t < T - 1 ? values[t + 1][b] : criticOf(batch.lastObservations, s * B + b, critic);
    });
    nextValues.push(...next.flat());
    const inputs = {
      rewards: matrix((n) => batch.rewards[n]),
      discounts: matrix((n) => (batch.terminated[n] ? 0 : GAMMA)),
      lambdas: matrix((n) => (batch.truncated[n] ? 0 : LAMBDA)),
      values,
      nextValues: next,
    };
    advantages.push(...reference.gae(inputs).flat());
  }
  return { nextValues, advantages };
}

const expectClose = (actual: ArrayLike<number>, values: readonly number[]): void =>
  values.forEach((value, n) => expect(Math.abs(actual[n] - value), `sample ${n}`).toBeLessThan(2e-5));

describe.each([
  ['plain', createPlainKernels],
  ['wasm', createWasmKernels],
] as const)('returns on %s kernels', (_, create) => {
  test.each([
    ['a critic', true],
    ['no critic', false],
  ])('equal the float64 reference, with %s', (_name, critic) => {
    const { batch, returns } = estimate(create(), critic);
    expect(batch.finalCount).toBeGreaterThan(10);
    const { nextValues, advantages } = expected(batch, critic);
    expectClose(returns.nextValues, nextValues);
    expectClose(returns.advantages, advantages);
    expectClose(
      returns.valueTargets,
      advantages.map((advantage, n) => advantage + criticOf(batch.observations, n, critic)),
    );
  });
});

test('nothing of the next episode reaches the one that was cut off or ended', () => {
  const { batch, returns } = estimate(createPlainKernels(), true);
  const { instances: B } = shape;
  for (const changed of [...batch.finalSamples].filter((n) => n % 28 < 24)) {
    // Another start and other rewards of what follows the end.
    const other = estimate(createPlainKernels(), true, (same) => {
      same.observations.set([9, 9], 2 * (changed + B));
      same.rewards[changed + B] = 100;
      return same;
    });
    expect(other.returns.advantages[changed]).toBe(returns.advantages[changed]);
    expect(other.returns.advantages[changed + B]).not.toBe(returns.advantages[changed + B]);
  }
});

test('any flag but 0 is an end, as it is for whoever resets the instance', () => {
  const ones = estimate(createPlainKernels(), true);
  const others = estimate(createPlainKernels(), true, (batch) => ({
    ...batch,
    terminated: batch.terminated.map((flag) => flag * 255),
    truncated: batch.truncated.map((flag) => flag * 2),
  }));
  expect([...others.returns.advantages]).toEqual([...ones.returns.advantages]);
});

test('where both end an episode it has terminated: no value follows', () => {
  const { batch, returns } = estimate(createPlainKernels(), true, (same) => ({
    ...same,
    truncated: same.terminated.map((flag, n) => flag | same.truncated[n]),
  }));
  const n = batch.terminated.indexOf(1);
  expect(returns.advantages[n]).toBeCloseTo(batch.rewards[n] - criticOf(batch.observations, n, true), 5);
});

describe.each([
  ['plain', createPlainKernels],
  ['wasm', createWasmKernels],
] as const)('V-trace on %s kernels', (_, create) => {
  const clips = { rhoBar: 1, cBar: 1, pgRhoBar: 1 };

  /** Estimates under ratios that are 1, or are given. */
  function vtrace(ratioOf: (n: number) => number, lambda = 1, bounds = clips) {
    const kernels = create();
    const { batch, returns } = estimate(kernels, true);
    returns.setDiscounts(batch, GAMMA, lambda);
    const ratios = kernels.f32(batch.samples);
    ratios.forEach((_ratio, n) => {
      ratios[n] = ratioOf(n);
    });
    returns.estimateVtrace(batch, ratios, bounds);
    return { batch, returns };
  }

  test('on-policy, with bounds of 1 and λ of 1, gives n-step returns to the end of the episode or of the batch', () => {
    const { batch, returns } = vtrace(() => 1);
    const { segments: S, horizon: T, instances: B } = shape;
    const expected = new Array<number>(batch.samples);
    for (let s = 0; s < S; s++) {
      for (let b = 0; b < B; b++) {
        let following = criticOf(batch.lastObservations, s * B + b, true);
        for (let t = T - 1; t >= 0; t--) {
          const n = (s * T + t) * B + b;
          const final = batch.finalSamples.indexOf(n);
          if (batch.truncated[n]) following = criticOf(batch.finalObservations, final, true);
          following = batch.rewards[n]! + (batch.terminated[n] ? 0 : GAMMA * following);
          expected[n] = following;
        }
      }
    }
    expectClose(returns.valueTargets, expected);
    expectClose(
      returns.advantages,
      expected.map((value, n) => value - criticOf(batch.observations, n, true)),
    );
  });

  test('is the generalized advantage with λ, for the values', () => {
    const { batch, returns } = vtrace(() => 1, LAMBDA);
    const { advantages } = expected(batch, true);
    expectClose(
      returns.valueTargets,
      advantages.map((advantage, n) => advantage + criticOf(batch.observations, n, true)),
    );
  });

  test('leaves the policy gradient’s ratio to the objective, and is the reference otherwise', () => {
    const ratioOf = (n: number): number => Math.fround(0.3 + (n % 5) / 2);
    const bounds = { rhoBar: 1.1, cBar: 0.9, pgRhoBar: 1.5 };
    const { batch, returns } = vtrace(ratioOf, LAMBDA, bounds);
    const { segments: S, horizon: T, instances: B } = shape;
    const { nextValues } = expected(batch, true);
    for (let s = 0; s < S; s++) {
      const matrix = (at: (n: number) => number): number[][] =>
        Array.from({ length: T }, (_, t) => Array.from({ length: B }, (_b, b) => at((s * T + t) * B + b)));
      const inputs = {
        rewards: matrix((n) => batch.rewards[n]!),
        discounts: matrix((n) => (batch.terminated[n] ? 0 : GAMMA)),
        lambdas: matrix((n) => (batch.truncated[n] ? 0 : LAMBDA)),
        values: matrix((n) => criticOf(batch.observations, n, true)),
        nextValues: matrix((n) => nextValues[n]!),
      };
      const found = reference.vtrace(matrix(ratioOf), inputs, bounds);
      const own = (array: Float32Array): Float32Array => array.subarray(s * T * B, (s + 1) * T * B);
      expectClose(own(returns.valueTargets), found.valueTargets.flat());
      const bounded = matrix((n) => Math.min(bounds.pgRhoBar, ratioOf(n))).flat();
      expectClose(
        own(returns.advantages).map((advantage, n) => advantage * bounded[n]!),
        found.advantages.flat(),
      );
    }
  });
});
